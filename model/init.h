#pragma once

#include <cstdint>

#include "model/deepseek_ocr.h"

namespace dsocr::model {

/// Fills every parameter with random values in `dtype` on the CPU (spec: model, section 9.2):
/// normal with deviation 0.02 for weights and position tables, zeros for biases, ones for norms,
/// uniform of deviation 1/sqrt(3 D) for routers, normal with 1/sqrt(D) for image_newline,
/// view_seperator and the class embedding. A parameter's values depend on the seed, its name and
/// its shape only.
void init_weights(DeepseekOcrImpl& model, std::uint64_t seed, torch::ScalarType dtype);

}  // namespace dsocr::model
