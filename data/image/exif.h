#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "data/image/image.h"

namespace dsocr::data {

/// The Orientation tag of an EXIF block (a TIFF header, with or without "Exif\0\0" before it), or
/// nothing when the block has none or is damaged. Never reads outside the block.
std::optional<int> exif_orientation(std::span<const std::uint8_t> block);

/// The tiff:Orientation of an XMP packet, which Pillow uses when EXIF has none.
std::optional<int> xmp_orientation(std::string_view packet);

/// Turns an image upright: 2 mirror left-right, 3 rotate by 180 degrees, 4 mirror top-bottom,
/// 5 transpose, 6 rotate by 90 degrees clockwise, 7 transverse, 8 rotate by 90 degrees
/// anticlockwise. Any other number leaves it as it is.
Image apply_orientation(Image image, int orientation);

}  // namespace dsocr::data
