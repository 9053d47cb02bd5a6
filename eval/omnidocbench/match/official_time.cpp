#include "eval/omnidocbench/match/official_time.h"

namespace dsocr::omnidocbench {
namespace {

constexpr double kCallSeconds = 0.4e-6;   // a slice and a call of its Levenshtein module
constexpr double kBlockSeconds = 0.7e-9;  // of a character beside 64 others
constexpr double kLimitSeconds = 30, kLimitSeconds17 = 300;
constexpr double kClose = 0.25, kFar = 0.7;  // as in the match

// All stretches of `text` as long as `pattern`, each against it.
double window_seconds(std::u32string_view text, std::u32string_view pattern) {
  if (pattern.empty() || pattern.size() > text.size()) return 0;
  const size_t words = (pattern.size() + 63) / 64;
  const auto windows = static_cast<double>(text.size() - pattern.size() + 1);
  const auto blocks = static_cast<double>(pattern.size() * words);
  return windows * (kCallSeconds + kBlockSeconds * blocks);
}

}  // namespace

bool official_may_time_out(const TruthLines& truth, const PredictionLines& predictions,
                           const std::vector<Row>& rows, Rules rules) {
  std::vector<bool> open_prediction(predictions.lines.size(), true);
  for (const Row& row : rows)
    if (row.has_truth() && row.edit < kClose)
      for (const size_t j : row.prediction_lines) open_prediction[j] = false;
  double seconds = 0;
  for (const Row& row : rows) {
    if (row.edit < kClose) continue;
    for (const size_t i : row.truth_lines)
      for (size_t j = 0; j < predictions.lines.size(); ++j) {
        const std::u32string &text = truth.lines[i].norm, &predicted = predictions.lines[j].norm;
        if (open_prediction[j]) seconds += window_seconds(text, predicted);
        if (row.edit >= kFar) seconds += window_seconds(predicted, text);
      }
  }
  return seconds > (rules == Version::k17 ? kLimitSeconds17 : kLimitSeconds);
}

}  // namespace dsocr::omnidocbench
