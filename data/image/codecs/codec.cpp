#include "data/image/codecs/codec.h"

#include <algorithm>
#include <string>

namespace dsocr::data {

Image make_image(std::int64_t width, std::int64_t height, std::int64_t max_pixels) {
  const std::string size = std::to_string(width) + "x" + std::to_string(height) + " pixels";
  if (width < 1 || height < 1) throw CodecError("the image has no pixels: " + size);
  if (width > max_pixels / height)
    throw CodecError("the image of " + size + " is over the limit of " +
                     std::to_string(max_pixels) + " pixels");
  return {width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(3 * width * height))};
}

void Palette::look_up(const std::uint8_t* packed, int bits, std::int64_t width,
                      std::uint8_t* rgb) const {
  const unsigned mask = (1u << bits) - 1;
  int shift = 8;
  for (std::int64_t x = 0; x < width; ++x) {
    shift -= bits;
    const Rgb& colour = colours_[(static_cast<unsigned>(*packed) >> shift) & mask];
    rgb = std::copy(colour.begin(), colour.end(), rgb);
    if (shift == 0) {
      ++packed;
      shift = 8;
    }
  }
}

Rgb cmyk_to_rgb(const std::uint8_t* cmyk) {
  const int white = 255 - cmyk[3];
  Rgb rgb;
  for (std::size_t i = 0; i < 3; ++i) {
    const int product = cmyk[i] * white + 128;
    const int ink = ((product >> 8) + product) >> 8;  // product / 255, rounded
    rgb[i] = static_cast<std::uint8_t>(std::clamp(white - ink, 0, 255));
  }
  return rgb;
}

}  // namespace dsocr::data
