#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "configs/view.h"
#include "data/image/image.h"

namespace dsocr::data {

/// What the vision encoder sees of a page, byte for byte as the official preprocessing gives it.
struct PageViews {
  configs::PageSize page;    // of the image that the views were made from
  configs::Tiling tiling;    // 1 x 1: no tiles
  Image global;              // base_size x base_size
  std::vector<Image> tiles;  // tile_size x tile_size, row by row from the top left
};

/// Views of a decoded page in a mode or in a geometry of one's own (pads, tile_size and
/// kUntiledSide as in configs/view.h). A page too long and thin for the mode is a recoverable
/// DataError.
PageViews make_views(const Image& page, configs::VisionMode mode, configs::TileLimits limits = {});
PageViews make_views(const Image& page, const configs::ViewGeometry& geometry,
                     configs::TileLimits limits = {});

// The parts.

/// The image scaled to fit a square of `side` pixels, aspect ratio kept, centred on grey 127.
/// Sizes and offsets are rounded half to even; one that rounds to 0 is a recoverable DataError.
Image pad_square(const Image& image, std::int64_t side);

/// The image scaled to the grid without keeping its aspect ratio and cut row by row. A grid of
/// 1 x 1 gives one tile.
std::vector<Image> cut_tiles(const Image& image, configs::Tiling tiling, std::int64_t side);

/// (byte / 255 - 0.5) / 0.5 in float32, rounded after each step; red, green, blue plane.
/// Throws std::invalid_argument unless `planes` has 3 x height x width elements.
void normalise(const Image& image, std::span<float> planes);

}  // namespace dsocr::data
