#pragma once

#include <nlohmann/json_fwd.hpp>

#include "data/label/labeller.h"

namespace dsocr::data {

/// Labels as a line of a label file has them; numbers come back as the same floats.
nlohmann::ordered_json to_json(const PageLabels& labels);
nlohmann::ordered_json to_json(const LabellerInfo& info);

/// The opposite. Throw DataError (recoverable) for JSON of another form, words that lie outside of
/// their line's text, or text that is not UTF-8.
PageLabels labels_from_json(const nlohmann::json& value);
LabellerInfo labeller_info_from_json(const nlohmann::json& value);

}  // namespace dsocr::data
