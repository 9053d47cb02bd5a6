#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "data/label/align.h"
#include "data/label/voted_lines.h"

namespace dsocr::data {

/// A part of the layout.
struct LineRegion {
  std::string category = "text";  // one of kLabelCategories
  PixelBox box = {};
  std::vector<std::size_t> lines = {};  // in reading order; a picture may have none
};

/// Puts lines together to parts of the layout, in reading order. Two lines one below the other are
/// of one part when most say so of three: each engine that has both, by its regions, and where they
/// stand (link_lines). Tables and pictures that an engine is sure of by half are taken whole,
/// unless most of what stands in them is running text: layout networks take columns of newspapers
/// and slides for such. Pages from right to left and columns of vertical lines are read as such.
std::vector<LineRegion> regions_of(std::span<const EngineLabels> engines,
                                   std::span<const VotedLine> lines);

}  // namespace dsocr::data
