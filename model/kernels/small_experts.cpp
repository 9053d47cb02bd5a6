#include "model/kernels/small_experts.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace dsocr::model {
namespace {

// Elements that are worth a thread.
constexpr std::int64_t kGrain = 2048;

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
  std::vector<float> sums(static_cast<size_t>(size));
  for (std::int64_t n = 0; n < weights.size(0); ++n) {
    std::fill(sums.begin(), sums.end(), 0.0f);
    for (std::int64_t k = n * per_row; k < (n + 1) * per_row; ++k)
      for (std::int64_t i = 0; i < size; ++i)
        sums[static_cast<size_t>(i)] += weight[k] * static_cast<float>(data[place[k] * size + i]);
    for (std::int64_t i = 0; i < size; ++i)
      result[n * size + i] = static_cast<T>(sums[static_cast<size_t>(i)]);
  }
}

}  // namespace

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
