#include "eval/omnidocbench/match/reading_order.h"

#include <algorithm>

#include "eval/omnidocbench/truth.h"

namespace dsocr::omnidocbench {

std::optional<ReadingOrder> reading_order(const std::vector<const std::vector<Row>*>& lists) {
  std::vector<const Row*> rows;
  for (const std::vector<Row>* list : lists)
    for (const Row& row : *list) rows.push_back(&row);
  if (rows.empty()) return std::nullopt;
  ReadingOrder order;
  std::vector<const Row*> placed;
  for (const Row* row : rows) {
    for (const auto& position : row->truth_positions)
      if (position) order.truth.push_back(*position);
    if (row->has_truth() && row->prediction_position) placed.push_back(row);
  }
  std::sort(order.truth.begin(), order.truth.end());
  std::stable_sort(placed.begin(), placed.end(), [](const Row* a, const Row* b) {
    return *a->prediction_position < *b->prediction_position;
  });
  for (const Row* row : placed)
    for (const auto& position : row->truth_positions)
      if (position) order.prediction.push_back(*position);
  return order;
}

void drop_ignored(std::vector<Row>& rows) {
  std::erase_if(rows, [](const Row& row) { return is_ignored_class(row.truth_category); });
}

}  // namespace dsocr::omnidocbench
