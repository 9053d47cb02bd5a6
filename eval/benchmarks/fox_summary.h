#pragma once

#include <nlohmann/json.hpp>

#include "eval/benchmarks/fox_score.h"

namespace dsocr::eval {

/// Means over pages with their bootstrap intervals (spec: Fox, section 6): results.json.
///
/// {"benchmark", "version", "header": {...},
///  "runs": [{"run", "predictions", "target", "mode", ..., "mean", "mean_swapped",
///  "mean_normalised",
///            "mean_words", "intervals", "buckets": [{"bucket": "600-700", "pages", ...}]}],
///  "pairs": [{"group", "from", "to", "precision": {"value", "low", "high"}, ...}]}
///
/// A page whose score is undefined counts as 0 in a mean; "undefined" counts such pages.
nlohmann::ordered_json summarise_fox(const std::vector<FoxRun>& runs, const FoxConfig& config,
                                     const std::string& meteor_label);

}  // namespace dsocr::eval
