#pragma once

#include <vector>

#include "eval/omnidocbench/markdown/markdown.h"
#include "eval/omnidocbench/match/page_match.h"
#include "eval/omnidocbench/truth.h"

namespace dsocr::omnidocbench {

/// match_page() of v1.7 for the items of a page, grouped: as v1.5, then texts that were paired
/// badly are looked for nearby, and formulas are paired anew in several ways of which the best is
/// taken (spec: OmniDocBench v1.6/1.7, sections 5 to 7).
PageRows match_page_17(const TruthPage& page, const std::vector<Item>& items, Rules rules);

}  // namespace dsocr::omnidocbench
