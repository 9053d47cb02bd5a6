#pragma once

#include <nlohmann/json.hpp>

#include "reports/document.h"

namespace dsocr::eval {

/// Tables and pictures of results.json as `summarise_fox` made it, with its header.
reports::Document fox_document(const nlohmann::ordered_json& results);

}  // namespace dsocr::eval
