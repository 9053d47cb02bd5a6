#pragma once

#include <span>
#include <vector>

namespace dsocr::data {

/// How much higher than the median line of a page the lines of its titles are.
struct TitleHeight {
  float factor = 1;  // at least so many times as high
  float more = 0;    // and by more than this, for heights that are rounded
};

/// Which parts of a page are titles by the height of their lines: those of up to three lines that
/// are all so high. `heights` has the lines of each part, in any unit.
std::vector<bool> find_titles(std::span<const std::vector<float>> heights, TitleHeight title);

}  // namespace dsocr::data
