#pragma once

#include <span>
#include <vector>

#include "data/label/labeller.h"
#include "data/label/ppocr/layout_detector.h"

namespace dsocr::data {

/// Regions in reading order from the lines of a page and the parts of its layout. A line belongs to
/// the part that covers most of it, of several that cover it all the smallest; what no part covers
/// by half is text. Text is divided into paragraphs, by gaps and indents. An image that lines fill,
/// or paragraphs, is no image but text, and so is a table that is full of paragraphs. Of a text
/// that nobody could read nothing is kept.
PageLabels join_layout(const std::vector<LabelLine>& lines, std::span<const LayoutPart> parts);

}  // namespace dsocr::data
