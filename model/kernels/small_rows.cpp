#include "model/kernels/small_rows.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace dsocr::model {
namespace {

// Elements that are worth a thread.
constexpr std::int64_t kGrain = 2048;
// Rows of weighted_rows() that are.
constexpr std::int64_t kRowsOfATask = 8;

// Eight sums side by side, which compilers turn into vector code.
template <class T>
float mean_square(const T* x, std::int64_t size) {
  constexpr std::int64_t kLanes = 8;
  std::array<float, kLanes> lanes{};
  for (std::int64_t i = 0; i < size; ++i) {
    const auto value = static_cast<float>(x[i]);
    lanes[static_cast<size_t>(i % kLanes)] += value * value;
  }
  float sum = 0;
  for (const float lane : lanes) sum += lane;
  return sum / static_cast<float>(size);
}

template <class T>
void rms_norm_all(const T* x, const T* weight, std::int64_t rows, std::int64_t size, double eps,
                  T* out) {
  for (std::int64_t row = 0; row < rows; ++row, x += size, out += size) {
    const float scale = 1.0f / std::sqrt(mean_square(x, size) + static_cast<float>(eps));
    for (std::int64_t i = 0; i < size; ++i) {
      const T normal = static_cast<T>(static_cast<float>(x[i]) * scale);
      out[i] = static_cast<T>(static_cast<float>(normal) * static_cast<float>(weight[i]));
    }
  }
}

template <class T>
T rounded_product(T a, T b) {
  return static_cast<T>(static_cast<float>(a) * static_cast<float>(b));
}

template <class T>
void rotate_all(T* x, const T* cos, const T* sin, std::int64_t rows, std::int64_t heads,
                std::int64_t size) {
  const std::int64_t half = size / 2;
  for (std::int64_t row = 0; row < rows; ++row, cos += size, sin += size)
    for (std::int64_t head = 0; head < heads; ++head, x += size)
      for (std::int64_t j = 0; j < half; ++j) {
        const T low = x[j], high = x[j + half];
        x[j] = static_cast<T>(static_cast<float>(rounded_product(low, cos[j])) -
                              static_cast<float>(rounded_product(high, sin[j])));
        x[j + half] = static_cast<T>(static_cast<float>(rounded_product(high, cos[j + half])) +
                                     static_cast<float>(rounded_product(low, sin[j + half])));
      }
}

template <class T>
void silu_times_all(T* gates, const T* ups, std::int64_t count) {
  at::parallel_for(0, count, kGrain, [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const auto gate = static_cast<float>(gates[i]);
      const T silu = static_cast<T>(gate / (1.0f + std::exp(-gate)));
      gates[i] = static_cast<T>(static_cast<float>(silu) * static_cast<float>(ups[i]));
    }
  });
}

template <class T>
void weighted_rows_all(const at::Tensor& rows, const at::Tensor& places, const at::Tensor& weights,
                       at::Tensor& out) {
  const std::int64_t size = rows.size(1), per_row = weights.size(1);
  const T* data = rows.const_data_ptr<T>();
  const auto* place = places.const_data_ptr<std::int64_t>();
  const auto* weight = weights.const_data_ptr<float>();
  T* result = out.data_ptr<T>();
  at::parallel_for(0, weights.size(0), kRowsOfATask, [=](std::int64_t begin, std::int64_t end) {
    std::vector<float> sums(static_cast<size_t>(size));
    for (std::int64_t n = begin; n < end; ++n) {
      std::fill(sums.begin(), sums.end(), 0.0f);
      for (std::int64_t k = n * per_row; k < (n + 1) * per_row; ++k)
        for (std::int64_t i = 0; i < size; ++i)
          sums[static_cast<size_t>(i)] += weight[k] * static_cast<float>(data[place[k] * size + i]);
      for (std::int64_t i = 0; i < size; ++i)
        result[n * size + i] = static_cast<T>(sums[static_cast<size_t>(i)]);
    }
  });
}

}  // namespace

bool is_small_rows(const at::Tensor& x) {
  const bool typed = x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16;
  const bool gradient = at::GradMode::is_enabled() && x.requires_grad();
  return typed && !gradient && x.is_cpu() && x.is_contiguous() && x.size(-1) > 0 &&
         x.numel() / x.size(-1) <= kSmallRows;
}

at::Tensor rms_norm_rows(const at::Tensor& x, const at::Tensor& weight, double eps) {
  const std::int64_t size = x.size(-1);
  TORCH_CHECK(weight.is_contiguous() && weight.numel() == size, "expected a weight of ", size,
              ", got ", weight.sizes());
  at::Tensor out = at::empty(x.sizes(), x.options());
  if (x.scalar_type() == at::kFloat)
    rms_norm_all(x.const_data_ptr<float>(), weight.const_data_ptr<float>(), x.numel() / size, size,
                 eps, out.data_ptr<float>());
  else
    rms_norm_all(x.const_data_ptr<at::BFloat16>(), weight.const_data_ptr<at::BFloat16>(),
                 x.numel() / size, size, eps, out.data_ptr<at::BFloat16>());
  return out;
}

void rotate_rows(at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin) {
  const std::int64_t rows = x.size(0), size = cos.size(-1);
  TORCH_CHECK(x.size(1) == 1 && x.size(2) % size == 0 && cos.numel() == rows * size &&
                  sin.numel() == rows * size && cos.is_contiguous() && sin.is_contiguous(),
              "expected x [B, 1, H C] and cos and sin [B, 1, 1, C], got ", x.sizes(), " and ",
              cos.sizes());
  if (x.scalar_type() == at::kFloat)
    rotate_all(x.data_ptr<float>(), cos.const_data_ptr<float>(), sin.const_data_ptr<float>(), rows,
               x.size(2) / size, size);
  else
    rotate_all(x.data_ptr<at::BFloat16>(), cos.const_data_ptr<at::BFloat16>(),
               sin.const_data_ptr<at::BFloat16>(), rows, x.size(2) / size, size);
}

void silu_times(at::Tensor& gates, const at::Tensor& ups) {
  TORCH_CHECK(gates.sizes() == ups.sizes(), "expected gates and ups of one shape, got ",
              gates.sizes(), " and ", ups.sizes());
  if (gates.scalar_type() == at::kFloat)
    silu_times_all(gates.data_ptr<float>(), ups.const_data_ptr<float>(), gates.numel());
  else
    silu_times_all(gates.data_ptr<at::BFloat16>(), ups.const_data_ptr<at::BFloat16>(),
                   gates.numel());
}

at::Tensor weighted_rows(const at::Tensor& rows, const at::Tensor& places,
                         const at::Tensor& weights_NK) {
  TORCH_CHECK(places.numel() == weights_NK.numel(), "expected ", weights_NK.numel(),
              " places, got ", places.numel());
  const at::Tensor weights = weights_NK.contiguous();
  at::Tensor out = at::empty({weights.size(0), rows.size(1)}, rows.options());
  if (rows.scalar_type() == at::kFloat)
    weighted_rows_all<float>(rows, places, weights, out);
  else
    weighted_rows_all<at::BFloat16>(rows, places, weights, out);
  return out;
}

}  // namespace dsocr::model
