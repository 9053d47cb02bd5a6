#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "eval/omnidocbench/cdm/typeset.h"
#include "eval/omnidocbench/version.h"

namespace dsocr::omnidocbench::cdm {

/// A formula of the ground truth and its prediction in LaTeX, UTF-8.
struct CdmPair {
  std::string truth, predicted;
  std::optional<std::string> alternative;  // v1.7: a second reading of the prediction
};

struct CdmConfig {
  Version version = Version::k17;    // v1.0 has no CDM; it is scored as v1.5
  std::filesystem::path cache_file;  // empty: no cache
  unsigned num_threads = 1;
  std::string chinese_font = "Noto Sans CJK SC";
};

struct CdmScore {
  double f1 = 0, recall = 0, precision = 0;
  size_t num_counted = 0, num_truth = 0, num_predicted = 0;  // tokens
  bool alternative_won = false;
};

/// Takes off what surrounds a formula: `$` and blanks, of a prediction all around the last fence
/// "```latex", in v1.7 also `\[ \]`, `\( \)` and tags (spec: OmniDocBench CDM, section 1).
std::string unwrap_formula(std::string_view latex, bool is_prediction, Version version);

/// A formula through tokenising, normalising and colouring. Nothing where the official tool gives
/// up or the formula is longer than can be typeset; then its score is 0.
std::optional<TypesetJob> prepare_formula(std::string_view latex, Version version);

/// Character detection matching: the F1 of the tokens that both formulas have in the same place
/// when they are typeset. Throws std::runtime_error when one of missing_for_typesetting()'s
/// programs is missing or the cache cannot be used, and std::invalid_argument for what is not
/// UTF-8.
std::vector<CdmScore> score_formulas(std::span<const CdmPair> pairs, const CdmConfig& config);

}  // namespace dsocr::omnidocbench::cdm
