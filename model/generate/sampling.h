#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <random>

#include "model/generate/config.h"

namespace dsocr::model {

/// One id from the logits [V] of one sequence, float32 on the CPU. With temperature 0 the lowest id
/// among the most likely ones; otherwise one draw from `random`, the same on every machine.
std::int32_t choose_token(const at::Tensor& logits_V, const Sampling& sampling,
                          std::mt19937_64& random);

/// Probability of an id under the same logits, at temperature 1.
float probability_of(const at::Tensor& logits_V, std::int32_t id);

}  // namespace dsocr::model
