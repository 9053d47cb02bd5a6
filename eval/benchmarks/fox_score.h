#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/corpora/fox.h"
#include "data/text/tokenizer.h"
#include "eval/benchmarks/fox.h"
#include "eval/engine.h"
#include "eval/metrics/repetition.h"
#include "eval/scorer.h"

namespace dsocr::eval {

inline constexpr int64_t kFoxFirstToken = 600;  // the paper keeps pages of 600 <= tokens < 1300
inline constexpr int64_t kFoxLastToken = 1300;
inline constexpr int64_t kFoxBucketTokens = 100;

/// One page of one run.
struct FoxPageScore {
  std::string image;
  // First token count of its bucket, nothing outside the paper's range. Goes by the clean text of
  // the page, so that a bucket is the same pages in every run on them.
  std::optional<int64_t> bucket;
  int64_t tokens = 0;                   // of the text that the page shows: the run's target
  std::optional<double> vision_tokens;  // where the mode is known
  std::optional<double> valid_tokens;   // those not spent on padding, where the page size is known
  std::optional<double> font_px;        // font height after the mode's resize, where known
  TextScores text;
  PageScores normalised;    // both sides through normalise_format
  PageScores words;         // both sides through normalise_words
  double length_ratio = 0;  // code points, prediction / target
  metrics::Repetition repetition;
  std::optional<std::string> failure;
};

struct FoxRun {
  RunConfig config;  // name, mode and group resolved
  std::vector<FoxPageScore> pages = {};
  std::optional<size_t> alphabet_symbols =
      {};  // of a target set of random text, which has a capacity
  nlohmann::ordered_json engine;
};

/// Fills in name, mode and group where the config leaves them to be derived; names must differ.
/// Throws configs::ConfigError.
std::vector<RunConfig> resolve_runs(const std::vector<RunConfig>& runs);

/// A path of the config: as it stands, else under the data folder.
std::filesystem::path find_input(const FoxConfig& config, const std::string& path);

/// Reads the corpus, asks the engines and scores every page of every run.
/// Throws data::DataError for a corpus or predictions that do not fit together.
std::vector<FoxRun> score_fox(const FoxConfig& config, const data::Tokenizer& tokenizer,
                              const Scorer& scorer, reports::Manifest& manifest);

/// One line of samples.jsonl.
nlohmann::ordered_json sample_json(const FoxRun& run, const FoxPageScore& page,
                                   const std::string& meteor_label);

}  // namespace dsocr::eval
