#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "reports/document.h"

namespace dsocr::eval {

/// Precision and character accuracy by compression ratio, one panel per group of runs; without
/// figures when no run has a known mode and a page in a bucket.
std::vector<reports::Figure> fox_figures(const nlohmann::ordered_json& results);

}  // namespace dsocr::eval
