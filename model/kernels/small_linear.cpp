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
  bool wide;    // float32 result, else T
  bool blocks;  // may be summed in blocks
  std::int64_t rows, in, out;
  std::int64_t task_rows;  // weight rows of one task, a multiple of kDotRows
};

template <class T>
struct Task {
  const Product<T>* product;
  std::int64_t begin, end;  // weight rows
};

// Products of up to kDotRows rows of x with the four rows of the weight from `first` on, of which
// those from `row` on are kept.
template <class T>
void keep(const Product<T>& product, std::int64_t r, std::int64_t first, std::int64_t row,
          const float* sums) {
  for (std::int64_t i = row - first; i < std::min(kDotRows, product.out); ++i) {
    const std::int64_t place = r * product.out + first + i;
    if (product.wide)
      static_cast<float*>(product.result)[place] = sums[i];
    else
      static_cast<T*>(product.result)[place] = static_cast<T>(sums[i]);
  }
}

template <class T>
constexpr bool kHasBlocks = std::is_same_v<T, at::BFloat16>;

// Null for row by row.
template <class T>
DotBlock block_for(const Product<T>& product) {
  static const DotBlock block = dot_block_bfloat16();
  return kHasBlocks<T> && product.blocks && product.out >= kDotRows ? block : nullptr;
}

template <class T>
void run(const Task<T>& task, DotProducts<T> dots) {
  const Product<T>& product = *task.product;
  const DotBlock block = block_for(product);
  std::array<float, kDotRows * kDotRows> sums{};
  for (std::int64_t row = task.begin; row < task.end; row += kDotRows) {
    // The last four start where four rows are left, so that no row is summed in another way, and
    // give only what no other task has.
    const std::int64_t first = std::max<std::int64_t>(0, std::min(row, product.out - kDotRows));
    const T* weight = product.weight + first * product.in;
    const std::int64_t rows_at_once = block ? kDotRows : 1;
    for (std::int64_t r = 0; r < product.rows; r += rows_at_once) {
      const T* x = product.x + r * product.in;
      const std::int64_t rows = std::min(rows_at_once, product.rows - r);
      if constexpr (kHasBlocks<T>)
        if (block) block(x, rows, weight, product.in, sums.data());
      if (!block) dots(x, weight, product.in, std::min(kDotRows, product.out), sums.data());
      for (std::int64_t i = 0; i < rows; ++i)
        keep(product, r + i, first, row, sums.data() + i * kDotRows);
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
    parts.push_back({product.x.const_data_ptr<T>() + product.x_begin,
                     product.weight.const_data_ptr<T>(),
                     static_cast<char*>(product.result.mutable_data_ptr()) + result_bytes, wide,
                     product.blocks, product.rows, in, out,
                     kDotRows * std::max<std::int64_t>(1, kTaskBytes / (kDotRows * row_bytes))});
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
         x.numel() / x.size(-1) <= kSmallLinearRows;
}

bool is_block_linear(const at::Tensor& x, const at::Tensor& weight) {
  const bool gradient = at::GradMode::is_enabled() && (x.requires_grad() || weight.requires_grad());
  return x.scalar_type() == at::kBFloat16 && weight.scalar_type() == at::kBFloat16 && !gradient &&
         x.is_cpu() && weight.is_contiguous() && x.size(-1) > 0 && dot_block_bfloat16() != nullptr;
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
