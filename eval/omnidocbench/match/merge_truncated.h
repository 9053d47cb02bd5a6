#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

#include "eval/omnidocbench/match/assignment.h"

namespace dsocr::omnidocbench {

/// Neighbouring predictions that together are one line of the truth, as lists of columns of `cost`
/// (spec: OmniDocBench, section 5.5). `cost` is the normalised edit distance of each truth (row) to
/// each prediction (column); no list has more than `max_members` columns, and none overlaps
/// another.
std::vector<std::vector<size_t>> truncated_predictions(
    const std::vector<std::u32string_view>& truths,
    const std::vector<std::u32string_view>& predictions, const CostMatrix& cost,
    size_t max_members);

}  // namespace dsocr::omnidocbench
