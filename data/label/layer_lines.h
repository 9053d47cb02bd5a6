#pragma once

#include <span>
#include <string>
#include <vector>

#include "data/label/labeller.h"

namespace dsocr::data {

/// A word of a text layer as Poppler gives it: its characters in the order in which they stand from
/// left to right, even where they are read from right to left.
struct LayerWord {
  std::u32string text = {};
  PixelBox box = {};
  float confidence = 0;
};

struct LayerLine {
  LabelLine line = {};
  float height = 0;  // of most of its characters, pixels
  bool right_to_left = false;
};

/// The lines that words stand in: those that follow each other without a wide gap, and those that
/// touch. Texts are put into logical order (Unicode's algorithm for both directions, run
/// backwards); blanks stand where there is a gap. A word that is read in several pieces has each of
/// them as a word. `unit`: what the sides of boxes are rounded to, pixels of the page's width.
std::vector<LayerLine> layer_lines(std::span<const LayerWord> words, float unit);

}  // namespace dsocr::data
