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

/// Lets vision tokens start as the features of their 16 patches side by side, so that a network
/// trained from scratch need not find out first how to keep them apart: each convolution of the
/// compressor puts the four places of its stride into channels of their own, the projector takes
/// SAM's channels as they are; what init_weights() has drawn of both, and of the projector's part
/// for CLIP, stays at a tenth. Throws configs::ConfigError unless sam.downsample_sizes are at least
/// four times the channels before each, and decoder.hidden_size as many as the last.
void pass_vision_through(DeepseekOcrImpl& model);

/// Replaces what turns pages into vision tokens (SAM, compressor, CLIP, projector) by that of
/// another network, whose decoder may be of any size. Throws configs::ConfigError that names the
/// first parameter of another shape.
void take_encoder(DeepseekOcrImpl& model, const DeepseekOcrImpl& from);

}  // namespace dsocr::model
