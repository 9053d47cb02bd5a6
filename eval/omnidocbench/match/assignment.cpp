#include "eval/omnidocbench/match/assignment.h"

#include <algorithm>
#include <limits>

namespace dsocr::omnidocbench {
namespace {

constexpr size_t kNone = std::numeric_limits<size_t>::max();

// Shortest augmenting paths, Crouse, "On implementing 2D rectangular assignment algorithms" (2016).
// The order in which columns are looked at decides between equal costs, so it is SciPy's.
class Solver {
 public:
  // Rows are no more than columns.
  explicit Solver(const CostMatrix& cost)
      : cost_(cost),
        u_(cost.rows),
        v_(cost.columns),
        shortest_(cost.columns),
        path_(cost.columns),
        column_of_(cost.rows, kNone),
        row_of_(cost.columns, kNone),
        marked_rows_(cost.rows),
        marked_columns_(cost.columns) {}

  const std::vector<size_t>& columns_of_rows() {
    for (size_t row = 0; row < cost_.rows; ++row) add(row);
    return column_of_;
  }

 private:
  void add(size_t row) {
    std::fill(marked_rows_.begin(), marked_rows_.end(), false);
    std::fill(marked_columns_.begin(), marked_columns_.end(), false);
    std::fill(shortest_.begin(), shortest_.end(), std::numeric_limits<double>::infinity());
    std::vector<size_t> remaining(cost_.columns);
    for (size_t i = 0; i < remaining.size(); ++i) remaining[i] = cost_.columns - 1 - i;

    double least = 0;
    size_t sink = kNone;
    for (size_t i = row; sink == kNone;) {
      marked_rows_[i] = true;
      double lowest = std::numeric_limits<double>::infinity();
      size_t best = 0;
      for (size_t at = 0; at < remaining.size(); ++at) {
        const size_t j = remaining[at];
        const double reduced = least + cost_(i, j) - u_[i] - v_[j];
        if (reduced < shortest_[j]) {
          path_[j] = i;
          shortest_[j] = reduced;
        }
        if (shortest_[j] < lowest || (shortest_[j] == lowest && row_of_[j] == kNone)) {
          lowest = shortest_[j];
          best = at;
        }
      }
      least = lowest;
      const size_t j = remaining[best];
      marked_columns_[j] = true;
      remaining[best] = remaining.back();
      remaining.pop_back();
      if (row_of_[j] == kNone)
        sink = j;
      else
        i = row_of_[j];
    }

    u_[row] += least;
    for (size_t i = 0; i < cost_.rows; ++i)
      if (marked_rows_[i] && i != row) u_[i] += least - shortest_[column_of_[i]];
    for (size_t j = 0; j < cost_.columns; ++j)
      if (marked_columns_[j]) v_[j] -= least - shortest_[j];

    for (size_t j = sink;;) {
      const size_t i = path_[j];
      row_of_[j] = i;
      std::swap(column_of_[i], j);
      if (i == row) break;
    }
  }

  const CostMatrix& cost_;
  std::vector<double> u_, v_, shortest_;
  std::vector<size_t> path_, column_of_, row_of_;
  std::vector<bool> marked_rows_, marked_columns_;
};

}  // namespace

std::vector<std::pair<size_t, size_t>> linear_sum_assignment(const CostMatrix& cost) {
  std::vector<std::pair<size_t, size_t>> pairs;
  if (cost.rows == 0 || cost.columns == 0) return pairs;
  if (cost.rows <= cost.columns) {
    const auto columns = Solver(cost).columns_of_rows();
    for (size_t row = 0; row < cost.rows; ++row) pairs.emplace_back(row, columns[row]);
    return pairs;
  }
  CostMatrix transposed(cost.columns, cost.rows);
  for (size_t row = 0; row < cost.rows; ++row)
    for (size_t column = 0; column < cost.columns; ++column)
      transposed(column, row) = cost(row, column);
  const auto rows = Solver(transposed).columns_of_rows();
  for (size_t column = 0; column < cost.columns; ++column) pairs.emplace_back(rows[column], column);
  std::sort(pairs.begin(), pairs.end());
  return pairs;
}

}  // namespace dsocr::omnidocbench
