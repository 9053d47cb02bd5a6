#include "experiments/train_scores.h"

#include <algorithm>
#include <memory>

#include "eval/normalize/unicode.h"
#include "eval/scorer.h"

namespace dsocr {

train::TextScorer train_scorer() {
  eval::ScoringConfig config;
  config.meteor = eval::MeteorChoice::kOff;
  const auto scorer = std::make_shared<eval::Scorer>(config);
  return [scorer](const train::TextPairs& pairs) {
    double edits = 0, length = 0, precision = 0, exact = 0;
    for (const auto& [truth, reading] : pairs) {
      const eval::TextScores page =
          scorer->score(metrics::decode_utf8(truth), metrics::decode_utf8(reading));
      edits += static_cast<double>(page.edit_ops);
      length += static_cast<double>(page.len_gt);
      precision += page.scores[eval::Metric::kPrecision].value_or(0);
      exact += page.edit_ops == 0 ? 1 : 0;
    }
    const auto count = static_cast<double>(pairs.size());
    return std::vector<std::pair<std::string, double>>{{"cer", edits / std::max(length, 1.0)},
                                                       {"precision", precision / count},
                                                       {"exact", exact / count}};
  };
}

}  // namespace dsocr
