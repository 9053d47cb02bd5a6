#pragma once

#include <optional>
#include <span>
#include <string>

#include "data/image/image.h"
#include "data/text/grounding.h"

namespace dsocr::data {

struct LabelledBox {
  std::string label;
  Box box;             // pixels
  bool tagged = true;  // false: a thin outline without words, for words and glyphs
};

/// The page with its boxes drawn on it for people: an outline in the colour of the label and a tag
/// "3 title", the number being the place in `boxes` from 1. Labels of DeepSeek-OCR have the same
/// colour on every page; up to nine labels of a page have different ones, which people with colour
/// blindness can tell apart. Boxes are cut to the page, corners in wrong order are put right;
/// characters of labels outside ASCII are drawn as '?'.
Image draw_boxes(const Image& page, std::span<const LabelledBox> boxes);

/// The part of the page in the box, right and bottom excluded; nothing when that is no pixel.
std::optional<Image> crop(const Image& page, const Box& box);

}  // namespace dsocr::data
