#pragma once

#include <vector>

#include "eval/omnidocbench/markdown/markdown.h"
#include "eval/omnidocbench/match/rows.h"
#include "eval/omnidocbench/truth.h"

namespace dsocr::omnidocbench {

/// v1.7: pairs the formulas of a page in several ways and takes the one with the least sum of edit
/// distances (spec: OmniDocBench v1.6/1.7, section 7). `items` are all predicted items, `current`
/// the formula rows of the match with texts.
std::vector<Row> best_formula_rows(const std::vector<TruthElement>& formulas,
                                   const std::vector<Item>& items, const std::vector<Row>& current);

}  // namespace dsocr::omnidocbench
