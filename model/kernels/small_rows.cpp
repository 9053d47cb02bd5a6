#include "model/kernels/small_rows.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "model/kernels/bfloat16_bits.h"
#include "model/kernels/clones.h"
#include "model/kernels/vector_exp.h"

namespace dsocr::model {
namespace {

// Elements that are worth a thread.
constexpr std::int64_t kGrain = 2048;
// Rows of weighted_rows() that are.
constexpr std::int64_t kRowsOfATask = 8;

float* data_of(const at::Tensor& x, float*) { return x.data_ptr<float>(); }
Bfloat16Bits* data_of(const at::Tensor& x, Bfloat16Bits*) {
  return reinterpret_cast<Bfloat16Bits*>(x.data_ptr<at::BFloat16>());
}

// work(T*()) with the type of the elements of x.
template <class Work>
void of_type(const at::Tensor& x, const Work& work) {
  if (x.scalar_type() == at::kFloat)
    work(static_cast<float*>(nullptr));
  else
    work(static_cast<Bfloat16Bits*>(nullptr));
}

// Eight sums side by side, which compilers turn into vector code.
template <class T>
[[gnu::always_inline]] inline float mean_square(const T* x, std::int64_t size) {
  constexpr std::int64_t kLanes = 8;
  float lanes[kLanes] = {};
  std::int64_t i = 0;
  for (; i + kLanes <= size; i += kLanes)
    for (std::int64_t lane = 0; lane < kLanes; ++lane)
      lanes[lane] += wide(x[i + lane]) * wide(x[i + lane]);
  for (std::int64_t lane = 0; i < size; ++i, ++lane) lanes[lane] += wide(x[i]) * wide(x[i]);
  float sum = 0;
  for (const float lane : lanes) sum += lane;
  return sum / static_cast<float>(size);
}

template <class T>
[[gnu::always_inline]] inline void rms_norm_row(const T* x, const T* weight, std::int64_t size,
                                                double eps, T* out) {
  const float scale = 1.0f / std::sqrt(mean_square(x, size) + static_cast<float>(eps));
  for (std::int64_t i = 0; i < size; ++i)
    put(rounded<T>(wide(x[i]) * scale) * wide(weight[i]), out[i]);
}
DSOCR_CLONES void rms_norm(const float* x, const float* weight, std::int64_t size, double eps,
                           float* out) {
  rms_norm_row(x, weight, size, eps, out);
}
DSOCR_CLONES void rms_norm(const Bfloat16Bits* x, const Bfloat16Bits* weight, std::int64_t size,
                           double eps, Bfloat16Bits* out) {
  rms_norm_row(x, weight, size, eps, out);
}

template <class T>
[[gnu::always_inline]] inline void rotate_head(T* x, const T* cos, const T* sin,
                                               std::int64_t half) {
  for (std::int64_t j = 0; j < half; ++j) {
    const float low = wide(x[j]), high = wide(x[j + half]);
    put(rounded<T>(low * wide(cos[j])) - rounded<T>(high * wide(sin[j])), x[j]);
    put(rounded<T>(high * wide(cos[j + half])) + rounded<T>(low * wide(sin[j + half])),
        x[j + half]);
  }
}
DSOCR_CLONES void rotate(float* x, const float* cos, const float* sin, std::int64_t half) {
  rotate_head(x, cos, sin, half);
}
DSOCR_CLONES void rotate(Bfloat16Bits* x, const Bfloat16Bits* cos, const Bfloat16Bits* sin,
                         std::int64_t half) {
  rotate_head(x, cos, sin, half);
}

template <class T>
[[gnu::always_inline]] inline void silu_times_all(T* gates, const T* ups, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    const float gate = wide(gates[i]);
    const float power = exp_of(-std::abs(gate));
    const float silu = rounded<T>(gate * (gate < 0 ? power : 1.0F) / (1.0F + power));
    put(silu * wide(ups[i]), gates[i]);
  }
}
DSOCR_CLONES void silu_times_some(float* gates, const float* ups, std::int64_t count) {
  silu_times_all(gates, ups, count);
}
DSOCR_CLONES void silu_times_some(Bfloat16Bits* gates, const Bfloat16Bits* ups,
                                  std::int64_t count) {
  silu_times_all(gates, ups, count);
}

struct Weighted {
  const std::int64_t* places;
  const float* weights;
  std::int64_t count, size;
};
template <class T>
[[gnu::always_inline]] inline void weighted_row(const Weighted& terms, const T* rows, float* sums,
                                                T* out) {
  std::fill_n(sums, terms.size, 0.0F);
  for (std::int64_t k = 0; k < terms.count; ++k) {
    const T* row = rows + terms.places[k] * terms.size;
    for (std::int64_t i = 0; i < terms.size; ++i) sums[i] += terms.weights[k] * wide(row[i]);
  }
  for (std::int64_t i = 0; i < terms.size; ++i) put(sums[i], out[i]);
}
DSOCR_CLONES void weighted(const Weighted& terms, const float* rows, float* sums, float* out) {
  weighted_row(terms, rows, sums, out);
}
DSOCR_CLONES void weighted(const Weighted& terms, const Bfloat16Bits* rows, float* sums,
                           Bfloat16Bits* out) {
  weighted_row(terms, rows, sums, out);
}

}  // namespace

bool is_small_rows(const at::Tensor& x) {
  const bool typed = x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16;
  const bool gradient = at::GradMode::is_enabled() && x.requires_grad();
  return typed && !gradient && x.is_cpu() && x.is_contiguous() && x.size(-1) > 0 &&
         x.numel() / x.size(-1) <= kSmallRows;
}

at::Tensor rms_norm_rows(const at::Tensor& x, const at::Tensor& weight, double eps) {
  const std::int64_t size = x.size(-1), count = x.numel();
  TORCH_CHECK(weight.is_contiguous() && weight.numel() == size, "expected a weight of ", size,
              ", got ", weight.sizes());
  at::Tensor out = at::empty(x.sizes(), x.options());
  of_type(x, [&]<class T>(T* type) {
    const T *from = data_of(x, type), *by = data_of(weight, type);
    T* to = data_of(out, type);
    for (std::int64_t i = 0; i < count; i += size) rms_norm(from + i, by, size, eps, to + i);
  });
  return out;
}

void rotate_rows(at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin) {
  const std::int64_t rows = x.size(0), size = cos.size(-1), width = x.size(2);
  TORCH_CHECK(x.size(1) == 1 && width % size == 0 && cos.numel() == rows * size &&
                  sin.numel() == rows * size && cos.is_contiguous() && sin.is_contiguous(),
              "expected x [B, 1, H C] and cos and sin [B, 1, 1, C], got ", x.sizes(), " and ",
              cos.sizes());
  of_type(x, [&]<class T>(T* type) {
    T* to = data_of(x, type);
    const T *cosines = data_of(cos, type), *sines = data_of(sin, type);
    for (std::int64_t row = 0; row < rows; ++row)
      for (std::int64_t head = 0; head < width; head += size)
        rotate(to + row * width + head, cosines + row * size, sines + row * size, size / 2);
  });
}

void silu_times(at::Tensor& gates, const at::Tensor& ups) {
  TORCH_CHECK(gates.sizes() == ups.sizes(), "expected gates and ups of one shape, got ",
              gates.sizes(), " and ", ups.sizes());
  of_type(gates, [&]<class T>(T* type) {
    T* to = data_of(gates, type);
    const T* by = data_of(ups, type);
    at::parallel_for(0, gates.numel(), kGrain, [=](std::int64_t begin, std::int64_t end) {
      silu_times_some(to + begin, by + begin, end - begin);
    });
  });
}

at::Tensor weighted_rows(const at::Tensor& rows, const at::Tensor& places,
                         const at::Tensor& weights_NK) {
  TORCH_CHECK(places.numel() == weights_NK.numel(), "expected ", weights_NK.numel(),
              " places, got ", places.numel());
  const at::Tensor weights = weights_NK.contiguous();
  const std::int64_t size = rows.size(1), per_row = weights.size(1);
  at::Tensor out = at::empty({weights.size(0), size}, rows.options());
  const auto* place = places.const_data_ptr<std::int64_t>();
  const auto* weight = weights.const_data_ptr<float>();
  of_type(rows, [&]<class T>(T* type) {
    const T* from = data_of(rows, type);
    T* to = data_of(out, type);
    at::parallel_for(0, weights.size(0), kRowsOfATask, [=](std::int64_t begin, std::int64_t end) {
      std::vector<float> sums(static_cast<size_t>(size));
      for (std::int64_t n = begin; n < end; ++n)
        weighted({place + n * per_row, weight + n * per_row, per_row, size}, from, sums.data(),
                 to + n * size);
    });
  });
  return out;
}

}  // namespace dsocr::model
