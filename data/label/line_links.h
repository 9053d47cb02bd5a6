#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "data/label/labeller.h"

namespace dsocr::data {

/// A line on a page that is turned so that reading goes to the right and down.
struct FlowLine {
  PixelBox box = {};
  float thickness = 0;  // pixels, of its words: a line that is not level has a higher box
};

/// Two lines of which each is the nearest to the other, one below the other.
struct LineLink {
  std::size_t above = 0, below = 0;
  double same = 0;  // > 0: where they stand, they may be of one paragraph; < 0: hardly
};

/// Lines that follow one another within a column, with what their places say: a wide gap, another
/// size of type, a first line that is set in, and a line above that ends early each speak for a new
/// paragraph.
std::vector<LineLink> link_lines(std::span<const FlowLine> lines);

/// The lines in rows from top to bottom, each row from left to right.
std::vector<std::size_t> rows_in_order(std::span<const FlowLine> lines);

}  // namespace dsocr::data
