#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "data/label/labeller.h"

namespace dsocr::data {

/// What one of several engines says of a page.
struct EngineLabels {
  LabellerInfo engine = {};
  PageLabels labels = {};
};

/// Consecutive words of one line of an engine.
struct LinePiece {
  std::size_t engine = 0, region = 0, line = 0;
  std::size_t begin = 0, end = 0;  // bytes of the line's text, without blanks at the ends
  PixelBox box = {};

  bool operator==(const LinePiece&) const = default;
};

/// What engines found in the same place.
struct LineGroup {
  std::vector<LinePiece> pieces = {};  // by engine, then by region, line and place in the line
  PixelBox box = {};                   // around all of them

  bool operator==(const LineGroup&) const = default;
};

/// The least box around both.
PixelBox around(const PixelBox& a, const PixelBox& b);
/// Pixels; 0 for a box that is turned inside out.
double area(const PixelBox& box);
double shared_area(const PixelBox& a, const PixelBox& b);

/// Which pieces of the engines' lines are the same piece of the page. Lines are cut at every word
/// behind which another engine begins a line of its own (two columns that one engine takes for one,
/// wide gaps), so that each word of each engine is in exactly one group, and a group has nothing of
/// an engine that missed it. Words are compared, not lines, so that lines that overlap because the
/// page is turned do not matter; of a line without words the whole is one word. A line that is
/// more than `kSameThickness` times as thick as another is not the same, nor is one that takes
/// several rows of another engine for one. Groups by top and left of their boxes.
std::vector<LineGroup> align_lines(std::span<const EngineLabels> engines);

inline constexpr double kSameThickness = 3;

}  // namespace dsocr::data
