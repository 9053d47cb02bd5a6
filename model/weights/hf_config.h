#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "model/config.h"

namespace dsocr::model {

/// Reads the config.json of an official checkpoint folder or a re-saved one (spec: model, section
/// 12): decoder keys at the top level, else under language_config, else the official defaults;
/// sizes that the official code fixes may stand beside the others as in tests/golden/model.
/// Throws WeightsError naming file and key for a value that this network does not implement
/// (attention with biases, grouped routing, tied embeddings, ...) or that has a wrong type.
ModelConfig read_hf_config(const std::filesystem::path& config_json);

/// The config.json of a checkpoint: official keys and the extra ones above.
nlohmann::ordered_json hf_config(const ModelConfig& config, const std::string& torch_dtype);

}  // namespace dsocr::model
