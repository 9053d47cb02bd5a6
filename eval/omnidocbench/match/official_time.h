#pragma once

#include <vector>

#include "eval/omnidocbench/match/rows.h"
#include "eval/omnidocbench/version.h"

namespace dsocr::omnidocbench {

/// True when the official tool may have needed longer for quick_match than it allows itself (30 s a
/// page, 300 s in v1.7; spec: OmniDocBench, sections 5.10 and 11.5), and so have paired the lines
/// in another way. An estimate, by a factor of about three: it counts the stretches of text that
/// are compared for lines without a near partner. `rows` is what quick_match gave.
bool official_may_time_out(const TruthLines& truth, const PredictionLines& predictions,
                           const std::vector<Row>& rows, Rules rules);

}  // namespace dsocr::omnidocbench
