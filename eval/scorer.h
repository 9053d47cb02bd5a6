#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eval/config.h"
#include "eval/metrics/jieba.h"
#include "eval/metrics/tokens.h"
#include "eval/metrics/wordnet.h"

namespace dsocr::eval {

/// The six numbers of the official page-OCR script, in its order (spec: Fox, section 3).
enum class Metric { kBleu, kMeteor, kFMeasure, kPrecision, kRecall, kEditDist };
inline constexpr size_t kNumMetrics = 6;
inline constexpr std::array<const char*, kNumMetrics> kMetricNames{
    "bleu", "meteor", "f_measure", "precision", "recall", "edit_dist"};

/// Scores of one page, each in [0, 1]. Nothing where the metric is undefined (precision of an empty
/// hypothesis) or was not asked for (METEOR).
struct PageScores {
  std::array<std::optional<double>, kNumMetrics> values;
  std::optional<double>& operator[](Metric metric) { return values[static_cast<size_t>(metric)]; }
  const std::optional<double>& operator[](Metric metric) const {
    return values[static_cast<size_t>(metric)];
  }
};

/// A prediction against its target.
struct TextScores {
  metrics::Segmenter segmenter = metrics::Segmenter::kWhitespace;
  size_t edit_ops = 0;  // insertions, deletions and replacements of code points
  size_t len_gt = 0;    // code points
  size_t len_pred = 0;
  PageScores scores;   // in the chosen orientation
  PageScores swapped;  // arguments exchanged
};

/// Computes page scores; holds the dictionaries. `score` may be called from any number of threads.
class Scorer {
 public:
  /// Throws std::runtime_error when a dictionary that the config insists on is missing.
  explicit Scorer(const ScoringConfig& config);

  /// Everything of the metrics' definition on the texts as they are.
  TextScores score(std::u32string_view target, std::u32string_view prediction) const;

  /// Without METEOR and without the exchanged arguments: for columns on normalised texts.
  PageScores score_overlap(std::u32string_view target, std::u32string_view prediction) const;

  /// "meteor" or "meteor_nowordnet"; empty when METEOR is off.
  const std::string& meteor_label() const { return meteor_label_; }

  /// The dictionary files that scores have depended on so far, for the manifest.
  std::vector<std::filesystem::path> inputs() const;

  /// What the numbers mean, for the report.
  nlohmann::ordered_json describe() const;

 private:
  const metrics::JiebaCutter& jieba() const;
  metrics::Tokens cut(std::u32string_view text, metrics::Segmenter segmenter) const;

  ScoringConfig config_;
  std::unique_ptr<metrics::WordNet> wordnet_;
  std::string meteor_label_;
  mutable std::once_flag jieba_once_;  // read only when a page has Han characters
  mutable std::unique_ptr<metrics::JiebaCutter> jieba_;
};

/// Fields named as in the official script; undefined scores are null, METEOR under its label.
nlohmann::ordered_json to_json(const PageScores& scores, const std::string& meteor_label);

}  // namespace dsocr::eval
