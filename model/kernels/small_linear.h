#pragma once

#include <ATen/core/Tensor.h>

namespace dsocr::model {

/// Most rows of x that small_linear() takes.
inline constexpr std::int64_t kSmallRows = 8;

/// Whether small_linear() does this product: float32 or bfloat16 on the CPU, at most kSmallRows
/// rows, contiguous weights, no gradients asked for.
bool is_small_linear(const at::Tensor& x, const at::Tensor& weight);

/// x W^T where reading the weights once is most of the work: x [..., in], weight [out, in] ->
/// [..., out]. Sums in float32. A row's bits depend neither on the other rows nor on the number of
/// threads, so that a sequence reads the same in any batch.
at::Tensor small_linear(const at::Tensor& x, const at::Tensor& weight);

}  // namespace dsocr::model
