#pragma once

#include <ATen/core/Tensor.h>

#include <span>

namespace dsocr::model {

/// Most rows that small_linear() takes, from where on libraries are faster: of bfloat16 on a CPU
/// with instructions for it, and of all others.
inline constexpr std::int64_t kSmallBfloat16Rows = 64;
inline constexpr std::int64_t kSmallLinearRows = 8;

/// Whether small_linear() does this product: float32 or bfloat16 on the CPU, few rows, contiguous
/// weights, no gradients asked for.
bool is_small_linear(const at::Tensor& x, const at::Tensor& weight);

/// Whether small_products() does this product fast for any number of rows: bfloat16 on a CPU with
/// instructions for it, contiguous weights, no gradients asked for.
bool is_block_linear(const at::Tensor& x, const at::Tensor& weight);

/// `rows` rows of x, from element x_begin on, times weight^T [in, out] -> as many rows of `result`,
/// from element result_begin on. x and weight are float32 or bfloat16 on the CPU and contiguous, as
/// result is, of x's dtype or float32.
struct SmallProduct {
  at::Tensor x, weight, result;
  std::int64_t rows;
  std::int64_t x_begin = 0, result_begin = 0;
};

/// Products side by side where reading the weights once is most of the work: the threads wait for
/// each other once, not once per product. Sums in float32. A row's bits depend neither on the
/// number of threads nor on the other rows: a sequence reads the same in any batch.
void small_products(std::span<const SmallProduct> products);

/// One such product: -> [..., out] of `dtype` (x's or float32).
at::Tensor small_linear(const at::Tensor& x, const at::Tensor& weight, at::ScalarType dtype);
at::Tensor small_linear(const at::Tensor& x, const at::Tensor& weight);

}  // namespace dsocr::model
