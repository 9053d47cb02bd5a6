#include "data/render/flow.h"

#include <algorithm>
#include <cmath>

namespace dsocr::data {

std::vector<FlowPlace> flow(std::span<const FlowItem> items, std::size_t num_columns,
                            double height) {
  // Sums of many heights are compared with the height that was made of them.
  const double limit = height + 1e-6;
  std::vector<FlowPlace> places;
  std::size_t column = 0;
  double bottom = 0;  // of what is in the column
  std::size_t next = 0;
  while (next < items.size()) {
    // Items that stay together are put together.
    std::size_t end = next + 1;
    while (items[end - 1].with_next && end < items.size()) ++end;
    double needed = 0;
    for (std::size_t i = next; i < end; ++i)
      needed += items[i].height + (i > next || bottom > 0 ? items[i].gap : 0);
    if (bottom + needed > limit && bottom > 0) {
      if (++column == num_columns) break;
      bottom = 0;
      continue;
    }
    if (needed > limit) {
      // They do not fit even alone: as many as do, but for the last title of all.
      end = next + 1;
      if (items[next].height > limit) break;
    }
    for (; next < end; ++next) {
      if (bottom > 0) bottom += items[next].gap;
      places.push_back({column, bottom});
      bottom += items[next].height;
    }
  }
  return places;
}

double balanced_height(std::span<const FlowItem> items, std::size_t num_columns) {
  double sum = 0, highest = 0;
  for (const FlowItem& item : items) {
    sum += item.gap + item.height;
    highest = std::max(highest, item.height);
  }
  double low = std::floor(std::max(highest, sum / static_cast<double>(num_columns)) * 0.5);
  double high = std::ceil(sum);
  while (high - low > 1) {
    const double middle = std::floor((low + high) / 2);
    (flow(items, num_columns, middle).size() == items.size() ? high : low) = middle;
  }
  return high;
}

}  // namespace dsocr::data
