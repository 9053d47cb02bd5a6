#pragma once

#include <nlohmann/json.hpp>

#include "eval/sweep/score.h"
#include "reports/document.h"

namespace dsocr::eval {

/// Curves, grids, the best pages and the worst of a sweep; images of pages are named by their path
/// in the run's folder. `results` is summarise_sweep()'s with a header of facts.
reports::Document sweep_document(const SweepConfig& config, const SweepPages& sweep,
                                 const std::vector<SweepScore>& scores,
                                 const nlohmann::ordered_json& results);

}  // namespace dsocr::eval
