#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "data/image/image.h"

namespace dsocr::data {

/// Pillow's limit against decompression bombs, in pixels.
inline constexpr std::int64_t kMaxPixels = 178'956'970;

struct DecodeOptions {
  /// Turn the image as its EXIF or XMP orientation says. TIFF is turned in any case, as by Pillow.
  bool apply_exif = true;
  /// A larger image is refused from its header, before its pixels are decoded.
  std::int64_t max_pixels = kMaxPixels;
};

/// png, jpeg, webp, tiff or bmp by the first bytes of an encoded image; empty for others.
std::string image_format(std::span<const std::uint8_t> bytes);

/// Reads a PNG, JPEG, WebP, TIFF or BMP file, told apart by content, as 8-bit RGB: the bytes of
/// Pillow 11.3's open + ImageOps.exif_transpose + convert("RGB"). Alpha is dropped without
/// blending, transparency of palettes ignored. Of several frames or pages the first is taken.
/// Throws a recoverable DataError with file and reason; data/README.md lists what is refused.
Image read_image(const std::filesystem::path& file, const DecodeOptions& options = {});

/// The same for an encoded image in memory; `name` stands for the file in messages.
Image decode_image(std::span<const std::uint8_t> bytes, const std::filesystem::path& name,
                   const DecodeOptions& options = {});

}  // namespace dsocr::data
