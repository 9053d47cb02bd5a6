#pragma once

#include <vector>

#include "data/label/labeller.h"
#include "data/label/layer_lines.h"

namespace dsocr::data {

/// Paragraphs and titles of lines, in reading order. Lines that stand close under each other and
/// are of one height are a paragraph, until one is indented or the distance grows. Titles are told
/// by their height. `unit`: what the tops and bottoms of boxes are rounded to, pixels.
std::vector<LabelRegion> layer_regions(std::vector<LayerLine> lines, float unit);

}  // namespace dsocr::data
