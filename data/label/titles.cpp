#include "data/label/titles.h"

#include <algorithm>

namespace dsocr::data {

std::vector<bool> find_titles(std::span<const std::vector<float>> heights, TitleHeight title) {
  constexpr std::size_t kMostLines = 3;
  std::vector<float> all;
  for (const std::vector<float>& part : heights) all.insert(all.end(), part.begin(), part.end());
  std::vector<bool> titles(heights.size(), false);
  if (all.empty()) return titles;
  const auto middle = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
  std::nth_element(all.begin(), middle, all.end());
  const float median = *middle;
  for (std::size_t i = 0; i < heights.size(); ++i) {
    if (heights[i].empty() || heights[i].size() > kMostLines) continue;
    const float least = *std::min_element(heights[i].begin(), heights[i].end());
    titles[i] = least >= title.factor * median && least > median + title.more;
  }
  return titles;
}

}  // namespace dsocr::data
