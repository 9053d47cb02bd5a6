#include "model/kernels/small_linear.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <vector>

#include "model/kernels/dot_products.h"

namespace dsocr::model {
namespace {

// Weights of one task: long enough to be read at full speed, short enough that the threads end
// together.
constexpr std::int64_t kTaskBytes = std::int64_t{64} * 1024;

template <class T>
struct Product {
  const T* x;
  const T* weight;
  void* result;
  bool wide;  // float32 result, else T
  std::int64_t rows, in, out;
  std::int64_t task_rows;  // weight rows of one task, a multiple of kDotRows
};

template <class T>
struct Task {
  const Product<T>* product;
  std::int64_t begin, end;  // weight rows
};

template <class T>
void run(const Task<T>& task, DotProducts<T> dots) {
  const Product<T>& product = *task.product;
  std::array<float, kDotRows> sums{};
  for (std::int64_t row = task.begin; row < task.end; row += kDotRows) {
    // The last four start where four rows are left, so that no row is summed in another way, and
    // give only what no other task has.
    const std::int64_t first = std::max<std::int64_t>(0, std::min(row, product.out - kDotRows));
    const std::int64_t count = std::min(kDotRows, product.out);
    // Row by row: the bits of a row are the same in every batch.
    for (std::int64_t r = 0; r < product.rows; ++r) {
      dots(product.x + r * product.in, product.weight + first * product.in, product.in, count,
           sums.data());
      for (std::int64_t i = row - first; i < count; ++i) {
        const std::int64_t place = r * product.out + first + i;
        const float sum = sums[static_cast<size_t>(i)];
        if (product.wide)
          static_cast<float*>(product.result)[place] = sum;
        else
          static_cast<T*>(product.result)[place] = static_cast<T>(sum);
      }
    }
  }
}

template <class T>
void run_all(std::span<const SmallProduct> products, DotProducts<T> dots) {
  std::vector<Product<T>> parts;
  for (const SmallProduct& product : products) {
    const std::int64_t in = product.weight.size(1), out = product.weight.size(0);
    const std::int64_t row_bytes = in * static_cast<std::int64_t>(sizeof(T));
    const bool wide = product.result.scalar_type() == at::kFloat;
    const std::int64_t result_bytes =
        product.result_begin * static_cast<std::int64_t>(wide ? sizeof(float) : sizeof(T));
    parts.push_back(
        {product.x.const_data_ptr<T>() + product.x_begin, product.weight.const_data_ptr<T>(),
         static_cast<char*>(product.result.mutable_data_ptr()) + result_bytes, wide, product.rows,
         in, out, kDotRows * std::max<std::int64_t>(1, kTaskBytes / (kDotRows * row_bytes))});
  }
  std::vector<Task<T>> tasks;
  for (const Product<T>& part : parts)
    for (std::int64_t row = 0; row < part.out; row += part.task_rows)
      tasks.push_back({&part, row, std::min(part.out, row + part.task_rows)});
  const auto count = static_cast<std::int64_t>(tasks.size());
  // Whoever is free takes the next task: a thread that the machine holds up does not hold up all.
  std::atomic<std::int64_t> next = 0;
  at::parallel_for(0, std::min<std::int64_t>(count, at::get_num_threads()), 1,
                   [&](std::int64_t, std::int64_t) {
                     for (std::int64_t i = next++; i < count; i = next++)
                       run(tasks[static_cast<size_t>(i)], dots);
                   });
}

void check(const SmallProduct& product) {
  const auto holds = [&](const at::Tensor& all, std::int64_t begin, std::int64_t size) {
    return all.is_contiguous() && begin >= 0 && begin + product.rows * size <= all.numel();
  };
  TORCH_CHECK(holds(product.x, product.x_begin, product.weight.size(1)), "expected ", product.rows,
              " rows of ", product.weight.size(1), " from element ", product.x_begin, ", got ",
              product.x.sizes());
  TORCH_CHECK(holds(product.result, product.result_begin, product.weight.size(0)),
              "expected a place for ", product.rows, " rows of ", product.weight.size(0),
              " from element ", product.result_begin, ", got ", product.result.sizes());
}

}  // namespace

bool is_small_linear(const at::Tensor& x, const at::Tensor& weight) {
  const bool typed = x.scalar_type() == weight.scalar_type() &&
                     (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16);
  const bool gradient = at::GradMode::is_enabled() && (x.requires_grad() || weight.requires_grad());
  return typed && !gradient && x.is_cpu() && weight.is_contiguous() && x.size(-1) > 0 &&
         x.numel() / x.size(-1) <= kSmallRows;
}

void small_products(std::span<const SmallProduct> products) {
  if (products.empty()) return;
  for (const SmallProduct& product : products) check(product);
  if (products[0].x.scalar_type() == at::kFloat)
    run_all<float>(products, dot_products_float32());
  else
    run_all<at::BFloat16>(products, dot_products_bfloat16());
}

at::Tensor small_linear(const at::Tensor& x, const at::Tensor& weight, at::ScalarType dtype) {
  TORCH_CHECK(x.size(-1) == weight.size(1), "expected x [..., ", weight.size(1), "], got ",
              x.sizes());
  std::vector<std::int64_t> shape = x.sizes().vec();
  shape.back() = weight.size(0);
  SmallProduct product{x.contiguous(), weight, at::empty(shape, x.options().dtype(dtype)),
                       x.numel() / x.size(-1)};
  small_products({&product, 1});
  return product.result;
}

at::Tensor small_linear(const at::Tensor& x, const at::Tensor& weight) {
  return small_linear(x, weight, x.scalar_type());
}

}  // namespace dsocr::model
