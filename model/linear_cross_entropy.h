#pragma once

#include <torch/torch.h>

namespace dsocr::model {

/// Cross entropy of softmax(x W^T) with labels [N], summed over the N rows of x [N, D]; W [V, D].
/// The sum is float64, all else is computed in float32 for some rows at a time, gradients at once
/// with the values: the logits, 4 N V bytes and more than all else in training, never exist as a
/// whole. Without gradients to x and W it is the value alone.
torch::Tensor linear_cross_entropy(const torch::Tensor& x_ND, const torch::Tensor& weight_VD,
                                   const torch::Tensor& labels_N);

}  // namespace dsocr::model
