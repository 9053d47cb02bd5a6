#pragma once

#include <vector>

#include "eval/omnidocbench/markdown/markdown.h"
#include "eval/omnidocbench/match/rows.h"

namespace dsocr::omnidocbench {

/// v1.7: titles and longer texts that are far from their prediction take a better one among the
/// items nearby that no other row has (spec: OmniDocBench v1.6/1.7, section 5, step 4). `items` is
/// the pool that was matched, before its formulas were split.
void repair_texts(std::vector<Row>& rows, const std::vector<Item>& items);

}  // namespace dsocr::omnidocbench
