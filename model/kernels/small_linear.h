#pragma once

#include <ATen/core/Tensor.h>

#include <span>

namespace dsocr::model {

/// Most rows of x that small_linear() takes.
inline constexpr std::int64_t kSmallRows = 8;

/// Whether small_linear() does this product: float32 or bfloat16 on the CPU, at most kSmallRows
/// rows, contiguous weights, no gradients asked for.
bool is_small_linear(const at::Tensor& x, const at::Tensor& weight);

/// out = x weight^T: x [..., in] and weight [out, in] as is_small_linear() wants them, out
/// contiguous [..., out] of x's dtype or float32.
struct SmallProduct {
  at::Tensor x, weight, out;
};

/// Products side by side where reading the weights once is most of the work: the threads wait for
/// each other once, not once per product. Sums in float32. A row's bits depend neither on the other
/// rows or products nor on the number of threads, so that a sequence reads the same in any batch.
void small_products(std::span<const SmallProduct> products);

/// One such product: -> [..., out] of `dtype` (x's or float32).
at::Tensor small_linear(const at::Tensor& x, const at::Tensor& weight, at::ScalarType dtype);
at::Tensor small_linear(const at::Tensor& x, const at::Tensor& weight);

}  // namespace dsocr::model
