#pragma once

#include <torch/torch.h>

#include <functional>
#include <vector>

namespace dsocr::model {

using Tensors = std::vector<torch::Tensor>;
using Block = std::function<Tensors(const torch::Tensor&)>;

/// block(x) without keeping what its backward pass asks for, which is computed again then (Chen et
/// al., arXiv 1604.06174): less memory for one more forward pass. The block must compute the same
/// each time and own what it captures; its parameters get their gradients as ever.
Tensors recomputed(const Block& block, const torch::Tensor& x);

/// Whether recomputed() is of use for a block of this module.
bool needs_gradient(const torch::nn::Module& module, const torch::Tensor& x);

}  // namespace dsocr::model
