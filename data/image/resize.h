#pragma once

#include <cstdint>

#include "data/image/image.h"

namespace dsocr::data {

/// Longest side in pixels that `resize` takes; its buffers grow with the side, not with the area.
inline constexpr std::int64_t kMaxSide = 1'000'000;

/// Scales to width x height pixels with Pillow's bicubic filter for 8-bit RGB, byte for byte as
/// Pillow 11.3: horizontally first, 22-bit weights, 8-bit pixels between the two passes.
/// The aspect ratio is not kept. Same bytes on every CPU. A side below 1 or above kMaxSide, of the
/// image or asked for, is a recoverable DataError.
Image resize(const Image& image, std::int64_t width, std::int64_t height);

/// Part of an image.
struct Window {
  std::int64_t x, y, width, height;
};

/// The same into a window, which must lie within the target.
void resize_into(const Image& image, const Window& window, Image& target);

}  // namespace dsocr::data
