#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace dsocr::data {

/// What is put into a column as one: a line, a table, a rule. Lengths are pixels.
struct FlowItem {
  double gap = 0;  // above it, but not at the top of a column
  double height = 0;
  bool with_next = false;  // not the last of a column: a title
};

struct FlowPlace {
  std::size_t column = 0;
  double top = 0;
};

/// Puts items below one another into columns of a height, one column after another, as far as they
/// fit: the result has a place for each of the first so many.
std::vector<FlowPlace> flow(std::span<const FlowItem> items, std::size_t num_columns,
                            double height);

/// The least height, to a pixel, of columns that hold all items.
double balanced_height(std::span<const FlowItem> items, std::size_t num_columns);

}  // namespace dsocr::data
