#pragma once

#include <optional>
#include <string>
#include <vector>

#include "data/text/tokenizer.h"
#include "eval/benchmarks/fox_inputs.h"
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
  RunConfig config;
  std::vector<FoxPageScore> pages;
  std::optional<size_t> alphabet_symbols;  // of random target text, the only kind with a capacity
  nlohmann::ordered_json engine;
};

/// Asks the engines and scores every page of every run.
/// Throws data::DataError for a text that is not valid UTF-8.
std::vector<FoxRun> score_fox(const FoxConfig& config, const FoxInputs& inputs,
                              const data::Tokenizer& tokenizer, const Scorer& scorer);

/// One line of samples.jsonl.
nlohmann::ordered_json sample_json(const FoxRun& run, const FoxPageScore& page,
                                   const std::string& meteor_label);

}  // namespace dsocr::eval
