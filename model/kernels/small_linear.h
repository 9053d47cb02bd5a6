#pragma once

#include <ATen/core/Tensor.h>

namespace dsocr::model {

/// Up to so many rows, a decoding step's, are multiplied one by one: a row's bits do not depend on
/// the others, so that a sequence reads the same in any batch.
inline constexpr std::int64_t kSmallRows = 8;
/// Up to so many rows, an expert's share of a prompt, in bfloat16 where the CPU has instructions
/// for it.
inline constexpr std::int64_t kBlockRows = 64;

/// Whether small_linear() does this product: float32 or bfloat16 on the CPU, few rows, contiguous
/// weights, no gradients asked for.
bool is_small_linear(const at::Tensor& x, const at::Tensor& weight);

/// x W^T where reading the weights once is most of the work: x [..., in], weight [out, in] ->
/// [..., out]. Sums in float32; the bits do not depend on the number of threads.
at::Tensor small_linear(const at::Tensor& x, const at::Tensor& weight);

}  // namespace dsocr::model
