#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eval/omnidocbench/cdm/boxes.h"
#include "eval/omnidocbench/version.h"

namespace dsocr::omnidocbench::cdm {

/// How well the tokens of a predicted formula match those of the ground truth. Token numbers count
/// the tokens that have a box.
struct MatchScore {
  std::vector<std::pair<size_t, size_t>> matched;  // (ground truth, prediction)
  std::vector<bool> inliers;                       // by matched pair
  size_t num_counted = 0;                          // inliers of equal tokens
  size_t num_truth = 0, num_predicted = 0;
  double recall = 0, precision = 0, f1 = 0;  // rounded to 3 digits
};

/// The symbol that stands for all that look alike, as `\leq` and `\le` (spec: OmniDocBench CDM,
/// section 6).
std::string canonical_symbol(std::string_view token, Version version);

/// Assigns predicted tokens to those of the ground truth, drops pairs that lie elsewhere than a
/// common scale and shift puts them, and counts the rest (spec: OmniDocBench CDM, sections 1, 6 and
/// 7). A side without boxes gives 0. Time grows with the cube of the number of tokens at worst.
MatchScore score_boxes(const TypesetFormula& truth, const TypesetFormula& predicted,
                       Version version);

}  // namespace dsocr::omnidocbench::cdm
