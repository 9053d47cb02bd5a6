#pragma once

#include <optional>
#include <vector>

#include "eval/omnidocbench/match/rows.h"

namespace dsocr::omnidocbench {

/// Places in the reading order of a page: those of the truth ascending, and those of the
/// predictions as they stand in the text (spec: OmniDocBench, section 6).
struct ReadingOrder {
  std::vector<double> truth, prediction;
};

/// Of the rows of some lists, taken one after the other; nothing without a row.
std::optional<ReadingOrder> reading_order(const std::vector<const std::vector<Row>*>& lists);

/// Takes out rows whose class reaches no score.
void drop_ignored(std::vector<Row>& rows);

}  // namespace dsocr::omnidocbench
