#pragma once

#include <vector>

#include "eval/benchmark.h"

namespace dsocr::eval {

/// Every benchmark of `dsocr eval`; a new one is a file pair and a line in this table.
const std::vector<Benchmark>& benchmarks();

}  // namespace dsocr::eval
