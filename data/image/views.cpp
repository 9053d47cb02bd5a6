#include "data/image/views.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <string>

#include "data/error.h"
#include "data/image/overlay.h"
#include "data/image/resize.h"
#include "data/image/resize_avx512.h"

namespace dsocr::data {
namespace {

constexpr std::uint8_t kPadGrey = 127;

// Half to even, as Python's round: the default rounding mode.
std::int64_t round_half_even(double value) { return std::llrint(value); }

std::int64_t scaled_side(std::int64_t shorter, std::int64_t longer, std::int64_t side) {
  const double ratio = static_cast<double>(shorter) / static_cast<double>(longer);
  const std::int64_t scaled = round_half_even(ratio * static_cast<double>(side));
  if (scaled > 0) return scaled;
  throw DataError({}, "",
                  "the image is too long and thin: its shorter side of " + std::to_string(shorter) +
                      " pixels vanishes when the longer one of " + std::to_string(longer) +
                      " becomes " + std::to_string(side),
                  /*recoverable=*/true);
}

std::int64_t offset(std::int64_t side, std::int64_t scaled) {
  return round_half_even(static_cast<double>(side - scaled) * 0.5);
}

}  // namespace

Image pad_square(const Image& image, std::int64_t side) {
  if (image.width == image.height) return resize(image, side, side);
  Window window{0, 0, side, side};
  if (image.width > image.height) {
    window.height = scaled_side(image.height, image.width, side);
    window.y = offset(side, window.height);
  } else {
    window.width = scaled_side(image.width, image.height, side);
    window.x = offset(side, window.width);
  }
  Image square{side, side, std::vector(static_cast<std::size_t>(3 * side * side), kPadGrey)};
  resize_into(image, window, square);
  return square;
}

std::vector<Image> cut_tiles(const Image& image, configs::Tiling tiling, std::int64_t side) {
  const Image scaled = resize(image, tiling.columns * side, tiling.rows * side);
  std::vector<Image> tiles;
  const auto tile = static_cast<int>(side);
  for (int row = 0; row < tiling.rows; ++row)
    for (int column = 0; column < tiling.columns; ++column)
      tiles.push_back(
          *crop(scaled, {column * tile, row * tile, (column + 1) * tile, (row + 1) * tile}));
  return tiles;
}

PageViews make_views(const Image& page, configs::VisionMode mode, configs::TileLimits limits) {
  return make_views(page, configs::view_geometry(mode), limits);
}

PageViews make_views(const Image& page, const configs::ViewGeometry& geometry,
                     configs::TileLimits limits) {
  PageViews views{{page.width, page.height}, {}, {}, {}};
  views.global = geometry.pads ? pad_square(page, geometry.base_size)
                               : resize(page, geometry.base_size, geometry.base_size);
  const bool is_tiled =
      geometry.tile_size > 0 && std::max(page.width, page.height) > configs::kUntiledSide;
  if (is_tiled) {
    views.tiling = configs::choose_tiling(views.page, geometry.tile_size, limits);
    views.tiles = cut_tiles(page, views.tiling, geometry.tile_size);
  }
  return views;
}

void normalise(const Image& image, std::span<float> planes) {
  const std::size_t num_pixels = image.rgb.size() / 3;
  if (planes.size() != image.rgb.size())
    throw std::invalid_argument("expected room for " + std::to_string(image.rgb.size()) +
                                " numbers, got " + std::to_string(planes.size()));
  std::array<float, 256> table;
  for (std::size_t byte = 0; byte < table.size(); ++byte) {
    const float unit = static_cast<float>(byte) / 255.0f;
    const float centred = unit - 0.5f;
    table[byte] = centred / 0.5f;
  }
  for (std::size_t i = normalise_avx512(image.rgb.data(), num_pixels, planes.data());
       i < num_pixels; ++i)
    for (std::size_t channel = 0; channel < 3; ++channel)
      planes[channel * num_pixels + i] = table[image.rgb[3 * i + channel]];
}

}  // namespace dsocr::data
