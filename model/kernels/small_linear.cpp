#include "model/kernels/small_linear.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <vector>

#include "model/kernels/dot_products.h"
#include "model/kernels/tile_products.h"

namespace dsocr::model {
namespace {

// Weights of one task: long enough to be read at full speed, short enough that the threads end
// together.
constexpr std::int64_t kTaskBytes = std::int64_t{64} * 1024;
// Larger weights come from memory, which takes longer than to multiply: dot products read them as
// they lie.
constexpr std::int64_t kTileWeightBytes = std::int64_t{4} << 20;

template <class T>
struct Product {
  const T* x;
  const T* weight;
  void* result;
  bool wide;  // float32 result, else T
  std::int64_t rows, in, out;
  std::int64_t task_rows;     // weight rows of one task, a multiple of kTileRows
  const T* packed = nullptr;  // x for tiles, where they multiply
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
void run(const Task<T>& task, DotProducts<T> dots) {
  const Product<T>& product = *task.product;
  if constexpr (std::is_same_v<T, at::BFloat16>)
    if (product.packed)
      return tile_products({product.packed, product.rows, product.in, product.weight, product.out,
                            product.result, product.wide},
                           task.begin, task.end);
  std::array<float, kDotRows * kDotRows> sums{};
  for (std::int64_t row = task.begin; row < task.end; row += kDotRows) {
    // The last four start where four rows are left, so that no row is summed in another way, and
    // give only what no other task has.
    const std::int64_t first = std::max<std::int64_t>(0, std::min(row, product.out - kDotRows));
    const T* weight = product.weight + first * product.in;
    for (std::int64_t r = 0; r < product.rows; r += kDotRows) {
      const std::int64_t rows = std::min(kDotRows, product.rows - r);
      dots(product.x + r * product.in, rows, weight, std::min(kDotRows, product.out), product.in,
           sums.data());
      for (std::int64_t i = 0; i < rows; ++i)
        keep(product, r + i, first, row, sums.data() + i * kDotRows);
    }
  }
}

// Only the weight decides: a row's bits are the same in any number of rows.
template <class T>
bool fits_tiles(const Product<T>& product) {
  return product.in % kTileElements == 0 && product.out % kTileRows == 0 &&
         product.in * product.out * static_cast<std::int64_t>(sizeof(T)) <= kTileWeightBytes &&
         has_tiles();
}

// Products that stand one behind another with the same rows of x share them.
void pack(std::vector<Product<at::BFloat16>>& products, std::vector<at::BFloat16>& packed) {
  const auto shares = [&](size_t i) {
    return i > 0 && products[i].x == products[i - 1].x &&
           products[i].rows == products[i - 1].rows && products[i].in == products[i - 1].in &&
           fits_tiles(products[i - 1]);
  };
  std::int64_t total = 0;
  for (size_t i = 0; i < products.size(); ++i)
    if (fits_tiles(products[i]) && !shares(i))
      total += packed_elements(products[i].rows, products[i].in);
  packed.resize(static_cast<size_t>(total));
  at::BFloat16* place = packed.data();
  for (size_t i = 0; i < products.size(); ++i) {
    Product<at::BFloat16>& product = products[i];
    if (!fits_tiles(product)) continue;
    if (shares(i)) {
      product.packed = products[i - 1].packed;
      continue;
    }
    pack_rows(product.x, product.rows, product.in, place);
    product.packed = place;
    place += packed_elements(product.rows, product.in);
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
         in, out, kTileRows * std::max<std::int64_t>(1, kTaskBytes / (kTileRows * row_bytes))});
  }
  std::vector<T> packed;
  if constexpr (std::is_same_v<T, at::BFloat16>) pack(parts, packed);
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
  if (!typed || gradient || !x.is_cpu() || !weight.is_contiguous() || x.size(-1) == 0) return false;
  const bool fast = x.scalar_type() == at::kBFloat16 && has_bfloat16_products();
  return x.numel() / x.size(-1) <= (fast ? kSmallBfloat16Rows : kSmallLinearRows);
}

bool is_block_linear(const at::Tensor& x, const at::Tensor& weight) {
  const bool gradient = at::GradMode::is_enabled() && (x.requires_grad() || weight.requires_grad());
  return x.scalar_type() == at::kBFloat16 && weight.scalar_type() == at::kBFloat16 && !gradient &&
         x.is_cpu() && weight.is_contiguous() && x.size(-1) > 0 && has_bfloat16_products();
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
