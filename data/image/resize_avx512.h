#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "data/image/resize_kernels.h"

// With AVX-512 VNNI and VBMI: a weight is cut into three signed bytes, so that one instruction
// multiplies and adds four pixels for sixteen sums.
namespace dsocr::data {

bool cpu_has_avx512_vnni();

/// As ResizeKernels has them; nothing, and false with nothing done, when the taps are too many, too
/// far apart or too large.
HorizontalPass horizontal_avx512(std::span<const Taps> taps);
bool vertical_avx512(const Taps& taps, const std::uint8_t* rows, std::size_t stride,
                     std::uint8_t* out);

/// What normalise() does to all but the last few pixels of planes of that many. Returns the number
/// of pixels that are done, 0 without these instructions.
std::size_t normalise_avx512(const std::uint8_t* rgb, std::size_t num_pixels, float* planes);

}  // namespace dsocr::data
