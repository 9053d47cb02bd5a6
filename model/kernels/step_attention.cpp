#include "model/kernels/step_attention.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "model/kernels/bfloat16_bits.h"
#include "model/kernels/clones.h"
#include "model/kernels/dot_products.h"
#include "model/kernels/vector_exp.h"

// Each head of each sequence is one task.
namespace dsocr::model {
namespace {

// Of weights whose largest is 1, what no sum of floats keeps. Their products would be denormal
// numbers, which take many times as long: a trained network has many.
constexpr float kLeastWeight = 1e-20F;

// scores[s] = exp(scores[s] - largest) -> their sum, of sixteen sums side by side.
DSOCR_CLONES float exponentials(float* scores, std::int64_t count, float largest) {
  constexpr std::int64_t kLanes = 16;
  std::array<float, kLanes> lanes{};
  std::int64_t s = 0;
  for (; s + kLanes <= count; s += kLanes)
    for (std::int64_t i = 0; i < kLanes; ++i)
      lanes[static_cast<size_t>(i)] += scores[s + i] = exp_of(scores[s + i] - largest);
  float total = 0;
  for (; s < count; ++s) total += scores[s] = exp_of(scores[s] - largest);
  for (const float lane : lanes) total += lane;
  return total;
}

// sums[c] += weights[s] * values[s][c], over s in their order.
template <class T>
[[gnu::always_inline]] inline void add_weighted_all(float* sums, const float* weights,
                                                    const T* values, std::int64_t count,
                                                    std::int64_t size) {
  constexpr std::int64_t kWidth = 64;  // sums that stay in registers
  std::int64_t begin = 0;
  for (; begin + kWidth <= size; begin += kWidth) {
    float part[kWidth];
    for (std::int64_t c = 0; c < kWidth; ++c) part[c] = sums[begin + c];
    for (std::int64_t s = 0; s < count; ++s)
      for (std::int64_t c = 0; c < kWidth; ++c)
        part[c] += weights[s] * wide(values[s * size + begin + c]);
    for (std::int64_t c = 0; c < kWidth; ++c) sums[begin + c] = part[c];
  }
  for (std::int64_t s = 0; s < count; ++s)
    for (std::int64_t c = begin; c < size; ++c) sums[c] += weights[s] * wide(values[s * size + c]);
}
DSOCR_CLONES void add_weighted(float* sums, const float* weights, const Bfloat16Bits* values,
                               std::int64_t count, std::int64_t size) {
  add_weighted_all(sums, weights, values, count, size);
}
DSOCR_CLONES void add_weighted(float* sums, const float* weights, const float* values,
                               std::int64_t count, std::int64_t size) {
  add_weighted_all(sums, weights, values, count, size);
}

void add_weighted(float* sums, const float* weights, const c10::BFloat16* values,
                  std::int64_t count, std::int64_t size) {
  static_assert(sizeof(c10::BFloat16) == sizeof(Bfloat16Bits));
  add_weighted(sums, weights, reinterpret_cast<const Bfloat16Bits*>(values), count, size);
}

struct Head {
  std::int64_t entries;  // S
  std::int64_t size;     // C
  const bool* mask;      // S of them, or null
  double scale;
};

template <class T>
void attend(const T* q, const T* keys, const T* values, Head head, DotProducts<T> dots, T* out) {
  // Entries behind the last one seen would change how the products are grouped, and so the bits.
  while (head.mask && head.entries > 1 && !head.mask[head.entries - 1]) --head.entries;
  std::vector<float> scores(static_cast<size_t>(head.entries));
  for (std::int64_t s = 0; s < head.entries; s += kDotRows)
    dots(q, 1, keys + s * head.size, std::min(kDotRows, head.entries - s), head.size,
         scores.data() + s);
  const auto scale = static_cast<float>(head.scale);
  float largest = -INFINITY;
  for (size_t s = 0; s < scores.size(); ++s) {
    // What is masked gets the weight that exp_of() has for the lowest, which is dropped.
    scores[s] = head.mask && !head.mask[s] ? -INFINITY : scores[s] * scale;
    largest = std::max(largest, scores[s]);
  }
  const float total = exponentials(scores.data(), head.entries, largest);
  for (float& weight : scores) weight = weight < kLeastWeight ? 0 : weight;
  std::vector<float> sums(static_cast<size_t>(head.size));
  add_weighted(sums.data(), scores.data(), values, head.entries, head.size);
  for (std::int64_t c = 0; c < head.size; ++c)
    out[c] = static_cast<T>(sums[static_cast<size_t>(c)] / total);
}

template <class T>
void attend_all(const at::Tensor& q, const at::Tensor& keys, const at::Tensor& values,
                const at::Tensor& mask, DotProducts<T> dots, at::Tensor& out) {
  const std::int64_t heads = q.size(1), entries = keys.size(2), size = q.size(3);
  const double scale = 1 / std::sqrt(static_cast<double>(size));
  const T* q_data = q.const_data_ptr<T>();
  const T* key_data = keys.const_data_ptr<T>();
  const T* value_data = values.const_data_ptr<T>();
  const bool* mask_data = mask.defined() ? mask.const_data_ptr<bool>() : nullptr;
  T* out_data = out.data_ptr<T>();
  at::parallel_for(0, q.size(0) * heads, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t row = i / heads, h = i % heads;
      attend(q_data + i * size, key_data + row * keys.stride(0) + h * keys.stride(1),
             value_data + row * values.stride(0) + h * values.stride(1),
             Head{entries, size, mask_data ? mask_data + row * entries : nullptr, scale}, dots,
             out_data + i * size);
    }
  });
}

}  // namespace

bool is_step_attention(const at::Tensor& q, const at::Tensor& keys) {
  const bool typed = q.scalar_type() == keys.scalar_type() &&
                     (q.scalar_type() == at::kFloat || q.scalar_type() == at::kBFloat16);
  const bool gradient = at::GradMode::is_enabled() && (q.requires_grad() || keys.requires_grad());
  return typed && !gradient && q.is_cpu() && q.size(2) == 1 && q.size(1) == keys.size(1) &&
         keys.stride(3) == 1 && keys.stride(2) == keys.size(3);
}

at::Tensor step_attention(const at::Tensor& q_BH1C, const at::Tensor& keys_BHSC,
                          const at::Tensor& values_BHSC, const at::Tensor& mask_B11S) {
  const at::Tensor q = q_BH1C.contiguous();
  const at::Tensor mask = mask_B11S.defined() ? mask_B11S.contiguous() : mask_B11S;
  at::Tensor out = at::empty({q.size(0), 1, q.size(1) * q.size(3)}, q.options());
  if (q.scalar_type() == at::kFloat)
    attend_all<float>(q, keys_BHSC, values_BHSC, mask, dot_products_float32(), out);
  else
    attend_all<c10::BFloat16>(q, keys_BHSC, values_BHSC, mask, dot_products_bfloat16(), out);
  return out;
}

}  // namespace dsocr::model
