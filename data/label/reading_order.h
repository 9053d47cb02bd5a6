#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "data/label/labeller.h"

namespace dsocr::data {

/// The order in which people read parts of a page that is written from left to right and from top
/// to bottom: indices of the boxes. Columns one after another, each under what stands across them;
/// small things beside a part, like the number of an equation, behind it. Where parts are laid so
/// that no straight cut divides them, those above come before those below and those on the left
/// before those on the right unless something across both lies between them (T. Breuel, High
/// performance document layout analysis, 2003). A thousand boxes take a second at worst.
std::vector<std::size_t> reading_order(std::span<const PixelBox> boxes);

}  // namespace dsocr::data
