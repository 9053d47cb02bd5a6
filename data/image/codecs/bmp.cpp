#include <algorithm>
#include <string>

#include "data/image/codecs/codec.h"

namespace dsocr::data {
namespace {

std::uint32_t number(EncodedBytes bytes, std::size_t offset, std::size_t num_bytes) {
  if (offset > bytes.size() || bytes.size() - offset < num_bytes)
    throw CodecError("the BMP data is truncated");
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < num_bytes; ++i)
    value |= static_cast<std::uint32_t>(bytes[offset + i]) << (8 * i);
  return value;
}

struct Header {
  std::int64_t width;
  std::int64_t height;
  bool is_top_down;
  int bits;
  std::size_t num_colours;   // of the palette
  std::size_t colour_bytes;  // of one colour in the palette
  std::size_t palette;       // offsets in the file
  std::size_t pixels;
};

constexpr std::size_t kInfo = 14;  // offset of the second header

// 32-bit bit fields that store blue, green and red in this order, like an uncompressed file.
bool is_bgr(EncodedBytes bytes) {
  return number(bytes, kInfo + 40, 4) == 0xFF0000 && number(bytes, kInfo + 44, 4) == 0xFF00 &&
         number(bytes, kInfo + 48, 4) == 0xFF;
}

Header read_header(EncodedBytes bytes) {
  Header header{};
  const std::size_t info_bytes = number(bytes, kInfo, 4);
  std::uint32_t compression = 0;
  if (info_bytes == 12) {
    header.width = number(bytes, kInfo + 4, 2);
    header.height = number(bytes, kInfo + 6, 2);
    header.bits = static_cast<int>(number(bytes, kInfo + 10, 2));
    header.colour_bytes = 3;
  } else if (info_bytes == 40 || info_bytes == 52 || info_bytes == 56 || info_bytes == 64 ||
             info_bytes == 108 || info_bytes == 124) {
    header.width = number(bytes, kInfo + 4, 4);
    const std::uint32_t height = number(bytes, kInfo + 8, 4);
    header.is_top_down = (height >> 24) == 0xFF;
    header.height = header.is_top_down ? (std::int64_t{1} << 32) - height : height;
    header.bits = static_cast<int>(number(bytes, kInfo + 14, 2));
    compression = number(bytes, kInfo + 16, 4);
    header.num_colours = number(bytes, kInfo + 32, 4);
    header.colour_bytes = 4;
  } else {
    throw CodecError("a BMP header of " + std::to_string(info_bytes) + " bytes is not supported");
  }
  const bool is_indexed = header.bits == 1 || header.bits == 4 || header.bits == 8;
  if (!is_indexed && header.bits != 24 && header.bits != 32)
    throw CodecError("BMP with " + std::to_string(header.bits) +
                     " bits per pixel is not supported");
  if (compression != 0 && !(compression == 3 && header.bits == 32 && is_bgr(bytes)))
    throw CodecError("BMP compression " + std::to_string(compression) + " is not supported");
  if (is_indexed && header.num_colours == 0) header.num_colours = std::size_t{1} << header.bits;
  if (header.num_colours > 256 && is_indexed)
    throw CodecError("a BMP palette of " + std::to_string(header.num_colours) +
                     " colours is not supported");
  header.palette = kInfo + info_bytes;
  header.pixels = number(bytes, 10, 4);
  // Some writers forget the palette in the offset of the pixels.
  if (is_indexed && header.pixels == header.palette) header.pixels += 4 * header.num_colours;
  if (header.pixels == 0)
    header.pixels = header.palette + (is_indexed ? header.colour_bytes * header.num_colours : 0);
  return header;
}

}  // namespace

Decoded decode_bmp(EncodedBytes bytes, std::int64_t max_pixels) {
  const Header header = read_header(bytes);
  Decoded decoded{make_image(header.width, header.height, max_pixels)};
  const auto width = static_cast<std::size_t>(header.width);
  const auto height = static_cast<std::size_t>(header.height);
  const std::size_t row_bits = width * static_cast<std::size_t>(header.bits);
  const std::size_t stride = (row_bits + 31) / 32 * 4;
  const std::size_t needed = header.pixels + stride * (height - 1) + (row_bits + 7) / 8;
  if (bytes.size() < needed) throw CodecError("the BMP data is truncated");

  Palette palette;
  if (header.bits <= 8) {
    for (std::size_t i = 0; i < header.num_colours; ++i) {
      const std::size_t at = header.palette + header.colour_bytes * i;
      const std::uint32_t bgr = number(bytes, at, 3);
      palette[i] = {static_cast<std::uint8_t>(bgr >> 16), static_cast<std::uint8_t>(bgr >> 8),
                    static_cast<std::uint8_t>(bgr)};
    }
  }
  for (std::size_t y = 0; y < height; ++y) {
    const std::size_t stored = header.is_top_down ? y : height - 1 - y;
    const std::uint8_t* row = bytes.data() + header.pixels + stride * stored;
    std::uint8_t* target = decoded.image.rgb.data() + 3 * width * y;
    if (header.bits <= 8) {
      palette.look_up(row, header.bits, header.width, target);
      continue;
    }
    for (std::size_t x = 0; x < width; ++x, row += header.bits / 8, target += 3)
      std::reverse_copy(row, row + 3, target);
  }
  return decoded;
}

}  // namespace dsocr::data
