#include "model/generate/sampling.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <vector>

namespace dsocr::model {
namespace {

// In [0, 1), from the upper 53 bits.
double uniform(std::mt19937_64& random) { return static_cast<double>(random() >> 11) * 0x1p-53; }

}  // namespace

std::int32_t choose_token(const at::Tensor& logits_V, const Sampling& sampling,
                          std::mt19937_64& random) {
  const std::span<const float> logits(logits_V.const_data_ptr<float>(),
                                      static_cast<size_t>(logits_V.numel()));
  const auto best = std::max_element(logits.begin(), logits.end());
  if (sampling.temperature <= 0) return static_cast<std::int32_t>(best - logits.begin());

  // Falling logit, then rising id.
  std::vector<std::int32_t> ids(logits.size());
  std::iota(ids.begin(), ids.end(), 0);
  const size_t kept_ids =
      sampling.top_k > 0 ? std::min(ids.size(), static_cast<size_t>(sampling.top_k)) : ids.size();
  std::partial_sort(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(kept_ids), ids.end(),
                    [&](std::int32_t a, std::int32_t b) {
                      const float x = logits[static_cast<size_t>(a)];
                      const float y = logits[static_cast<size_t>(b)];
                      return x != y ? x > y : a < b;
                    });
  ids.resize(kept_ids);
  std::vector<double> weights;
  for (const std::int32_t id : ids)
    weights.push_back(std::exp(
        (static_cast<double>(logits[static_cast<size_t>(id)]) - static_cast<double>(*best)) /
        sampling.temperature));
  const double all = std::accumulate(weights.begin(), weights.end(), 0.0);
  double kept = 0;
  size_t count = 0;
  while (count < weights.size() && (count == 0 || kept < sampling.top_p * all))
    kept += weights[count++];
  double at = uniform(random) * kept;
  for (size_t i = 0; i < count; ++i) {
    at -= weights[i];
    if (at < 0) return ids[i];
  }
  return ids[count - 1];
}

float probability_of(const at::Tensor& logits_V, std::int32_t id) {
  const std::span<const float> logits(logits_V.const_data_ptr<float>(),
                                      static_cast<size_t>(logits_V.numel()));
  const float best = *std::max_element(logits.begin(), logits.end());
  double all = 0;
  for (const float logit : logits) all += static_cast<double>(std::exp(logit - best));
  return static_cast<float>(static_cast<double>(std::exp(logits[static_cast<size_t>(id)] - best)) /
                            all);
}

}  // namespace dsocr::model
