#pragma once

#include <nlohmann/json.hpp>

#include "reports/document.h"

namespace dsocr::eval {

/// What results.json of an OmniDocBench run shows to people.
reports::Document omnidocbench_document(const nlohmann::ordered_json& results);

}  // namespace dsocr::eval
