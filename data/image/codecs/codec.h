#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <stdexcept>

#include "data/image/image.h"

namespace dsocr::data {

using EncodedBytes = std::span<const std::uint8_t>;

/// Why bytes cannot be decoded; `decode_image` adds the file's name.
class CodecError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Decoded {
  Image image;          // as stored
  int orientation = 1;  // EXIF numbering; not applied yet
};

// One decoder for each format. All throw CodecError, print nothing and hold no global state.
Decoded decode_png(EncodedBytes bytes, std::int64_t max_pixels);
Decoded decode_jpeg(EncodedBytes bytes, std::int64_t max_pixels);
Decoded decode_webp(EncodedBytes bytes, std::int64_t max_pixels);
Decoded decode_tiff(EncodedBytes bytes, std::int64_t max_pixels);
Decoded decode_bmp(EncodedBytes bytes, std::int64_t max_pixels);

/// A black image; throws CodecError for a side below 1 or more than `max_pixels` pixels.
Image make_image(std::int64_t width, std::int64_t height, std::int64_t max_pixels);

using Rgb = std::array<std::uint8_t, 3>;

/// Colours by index. Those that a file does not define are the greys of their numbers, as in
/// Pillow.
class Palette {
 public:
  Rgb& operator[](std::size_t index) { return colours_[index]; }

  /// Replaces `width` packed indices of `bits` bits (1, 2, 4 or 8; first pixel in the high bits) by
  /// their colours.
  void look_up(const std::uint8_t* packed, int bits, std::int64_t width, std::uint8_t* rgb) const;

 private:
  std::array<Rgb, 256> colours_{};
};

/// Pillow's CMYK to RGB for one pixel; 255 is full ink.
Rgb cmyk_to_rgb(const std::uint8_t* cmyk);

}  // namespace dsocr::data
