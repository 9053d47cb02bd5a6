#include "model/kernels/small_linear.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <vector>

#include "model/kernels/dot_products.h"

namespace dsocr::model {
namespace {

// Weight rows of one task: enough work to be worth a thread, a multiple of kDotRows.
constexpr std::int64_t kMinBytes = std::int64_t{64} * 1024;

// products(weight_rows, count, sums): sums[r * kDotRows + i] for every row r of x, i < count.
template <class T, class Products>
void multiply(std::int64_t rows, const T* weight, std::int64_t in, std::int64_t out, T* result,
              const Products& products) {
  const std::int64_t blocks = (out + kDotRows - 1) / kDotRows;
  const std::int64_t block_bytes = kDotRows * in * static_cast<std::int64_t>(sizeof(T));
  const std::int64_t grain = std::max<std::int64_t>(1, kMinBytes / block_bytes);
  at::parallel_for(0, blocks, grain, [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> sums(static_cast<size_t>(rows * kDotRows));
    for (std::int64_t block = begin; block < end; ++block) {
      // The last block starts where four rows are left, and gives only what no other one has.
      const std::int64_t first =
          std::max<std::int64_t>(0, std::min(block * kDotRows, out - kDotRows));
      const std::int64_t count = std::min(kDotRows, out);
      products(weight + first * in, count, sums.data());
      for (std::int64_t row = 0; row < rows; ++row)
        for (std::int64_t i = block * kDotRows - first; i < count; ++i)
          result[row * out + first + i] =
              static_cast<T>(sums[static_cast<size_t>(row * kDotRows + i)]);
    }
  });
}

// Row by row: the bits of a row are the same in every batch.
template <class T>
auto row_products(const T* x, std::int64_t rows, std::int64_t in, DotProducts<T> dots) {
  return [=](const T* weight, std::int64_t count, float* sums) {
    for (std::int64_t row = 0; row < rows; ++row)
      dots(x + row * in, weight, in, count, sums + row * kDotRows);
  };
}

}  // namespace

bool is_small_linear(const at::Tensor& x, const at::Tensor& weight) {
  const bool typed = x.scalar_type() == weight.scalar_type() &&
                     (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16);
  const bool gradient = at::GradMode::is_enabled() && (x.requires_grad() || weight.requires_grad());
  return typed && !gradient && x.is_cpu() && weight.is_contiguous() && x.size(-1) > 0 &&
         x.numel() / x.size(-1) <= kSmallRows;
}

at::Tensor small_linear(const at::Tensor& x, const at::Tensor& weight) {
  const std::int64_t in = weight.size(1), out = weight.size(0);
  TORCH_CHECK(x.size(-1) == in, "expected x [..., ", in, "], got ", x.sizes());
  const at::Tensor flat = x.contiguous();
  std::vector<std::int64_t> shape = x.sizes().vec();
  shape.back() = out;
  at::Tensor result = at::empty(shape, x.options());
  const std::int64_t rows = flat.numel() / in;
  if (x.scalar_type() == at::kFloat) {
    multiply(rows, weight.const_data_ptr<float>(), in, out, result.data_ptr<float>(),
             row_products(flat.const_data_ptr<float>(), rows, in, dot_products_float32()));
    return result;
  }
  multiply(rows, weight.const_data_ptr<at::BFloat16>(), in, out, result.data_ptr<at::BFloat16>(),
           row_products(flat.const_data_ptr<at::BFloat16>(), rows, in, dot_products_bfloat16()));
  return result;
}

}  // namespace dsocr::model
