#pragma once

#include <vector>

#include "eval/omnidocbench/match/rows.h"
#include "eval/omnidocbench/version.h"

namespace dsocr::omnidocbench {

/// Pairs the lines of a page by their normalised edit distance: predictions that belong together
/// are joined, several truths may share a prediction, and what is left is paired whatever the
/// distance (spec: OmniDocBench, sections 5.3 step 4 to 5.9).
std::vector<Row> quick_match(const TruthLines& truth, const PredictionLines& predictions,
                             Rules rules);

/// One assignment of all lines; predictions that are left over make one row without truth (spec:
/// section 10).
std::vector<Row> simple_match(const TruthLines& truth, const PredictionLines& predictions,
                              Rules rules);

/// Class of the one row of no_split.
inline constexpr std::string_view kMergedClass = "text_merge";

/// One row for the whole page: lines in reading order, joined by empty lines (spec: section 10).
std::vector<Row> no_split(const TruthLines& truth, const PredictionLines& predictions);

}  // namespace dsocr::omnidocbench
