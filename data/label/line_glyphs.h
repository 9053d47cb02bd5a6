#pragma once

#include <vector>

#include "data/label/voted_lines.h"

namespace dsocr::data {

/// A character with its marks, and about where it stands.
struct LineGlyph {
  std::u32string text = {};
  PixelBox box = {};

  bool operator==(const LineGlyph&) const = default;
};

/// The characters of a line in the order of its text, without blanks. Engines give boxes of words
/// alone: a word's box is cut into parts of the same size, along its longer direction where the
/// line is set vertically, from the right where the word is read so. Where the line has more or
/// fewer boxes than words, its whole box is cut, blanks being as wide as letters.
std::vector<LineGlyph> glyphs_of(const VotedLine& line);

}  // namespace dsocr::data
