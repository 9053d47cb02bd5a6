#pragma once

#include <array>
#include <filesystem>
#include <string>

#include "model/deepseek_ocr.h"

// Low-rank adapters (Hu et al., arXiv 2106.09685), in the format of PEFT.
namespace dsocr::model {

/// Whether a parameter of this name is an adapter's.
bool is_adapter(const std::string& parameter);

/// Gives every linear layer that a target names an adapter that changes nothing yet: A uniform as
/// in PEFT, B zero. From then on only adapters are trained. Throws configs::ConfigError for a
/// target that names no linear layer.
void add_lora(DeepseekOcrImpl& model, const LoraConfig& config, std::uint64_t seed);

/// Numbers the pass that comes next, which decides what dropout leaves out.
void set_dropout_pass(DeepseekOcrImpl& model, std::uint64_t pass);

/// Adds the adapters to the weights, in float32, and removes them.
void merge_lora(DeepseekOcrImpl& model);

/// Writes adapter_config.json and adapter_model.safetensors as PEFT does; `base` is the folder of
/// the weights below. Throws WeightsError.
void save_lora(const DeepseekOcrImpl& model, const std::filesystem::path& base,
               const std::filesystem::path& folder);

bool is_lora_folder(const std::filesystem::path& folder);

/// Its two files.
std::array<std::filesystem::path, 2> lora_files(const std::filesystem::path& folder);

/// The folder of the weights that an adapter belongs to: as its adapter_config.json has it, or
/// beside the adapter. Throws WeightsError when there is none.
std::filesystem::path lora_base(const std::filesystem::path& folder);

/// Gives a network the adapters of a folder in PEFT's format. Throws WeightsError for tensors that
/// fit no linear layer and for kinds of adapters that are not known here.
void load_lora(DeepseekOcrImpl& model, const std::filesystem::path& folder);

}  // namespace dsocr::model
