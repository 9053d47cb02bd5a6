#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>

#include "eval/metrics/repetition.h"
#include "eval/scorer.h"
#include "eval/sweep/pages.h"

namespace dsocr::eval {

/// What was read of a page, against what stands on it.
struct SweepScore {
  std::string reading;
  TextScores text;
  metrics::Repetition repetition;
  std::optional<std::string> failure;

  double precision() const { return text.scores[Metric::kPrecision].value_or(0); }
  double recall() const { return text.scores[Metric::kRecall].value_or(0); }
  /// 1 - edit distance / the longer text, as Fox has it.
  double accuracy() const { return 1 - *text.scores[Metric::kEditDist]; }
  /// Edits / characters of the truth.
  double cer() const;
};

/// Reads the pages, mode by mode, and scores them in order. `engine_of` makes the engine of a mode.
std::vector<SweepScore> score_sweep(
    const SweepConfig& config, const SweepPages& sweep, const Scorer& scorer,
    const std::function<std::unique_ptr<OcrEngine>(configs::VisionMode)>& engine_of,
    nlohmann::ordered_json& engine);

/// One line of samples.jsonl.
nlohmann::ordered_json sample_json(const SweepCell& cell, const SweepPage& page,
                                   const SweepScore& score);

/// results.json: {"cells": [...], "curve": [...], "grid": [...], "shares": [...]}. Cells are every
/// text, mode, ratio and size of type; a curve takes the sizes together, the grid the modes. Means
/// over pages come as {"value", "low", "high"}.
nlohmann::ordered_json summarise_sweep(const SweepConfig& config, const SweepPages& sweep,
                                       const std::vector<SweepScore>& scores);

}  // namespace dsocr::eval
