#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace dsocr::omnidocbench {

/// A rectangular matrix of costs.
struct CostMatrix {
  CostMatrix(size_t num_rows, size_t num_columns, double value = 0)
      : rows(num_rows), columns(num_columns), values(num_rows * num_columns, value) {}

  double operator()(size_t row, size_t column) const { return values[row * columns + column]; }
  double& operator()(size_t row, size_t column) { return values[row * columns + column]; }

  size_t rows, columns;
  std::vector<double> values;
};

/// The assignment of least total cost, min(rows, columns) pairs of (row, column) with rows
/// ascending. Among equal ones it is the one that SciPy 1.10's linear_sum_assignment gives (spec:
/// OmniDocBench, section 5.9). Costs are finite. Time grows with min^2 * max.
std::vector<std::pair<size_t, size_t>> linear_sum_assignment(const CostMatrix& cost);

}  // namespace dsocr::omnidocbench
