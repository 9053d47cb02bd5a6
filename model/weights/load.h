#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "model/deepseek_ocr.h"
#include "model/weights/checkpoint.h"

namespace dsocr::model {

/// float32 and bfloat16, by these names.
std::optional<torch::ScalarType> parse_dtype(const std::string& name);
std::string dtype_name(torch::ScalarType dtype);

/// "cpu", "cuda" or "cuda:N". Throws configs::ConfigError for another name and for a device that
/// this machine does not have; loads libtorch's CUDA part first where it is asked for, and turns
/// TF32 off there.
torch::Device find_device(const std::string& name);

struct LoadOptions {
  torch::Device device = torch::kCPU;
  std::optional<torch::ScalarType> dtype = {};  // none: as in the checkpoint
};

/// Names and shapes of all parameters but adapters'.
std::vector<ExpectedTensor> expected_tensors(const DeepseekOcrImpl& model);

/// Loads a checkpoint folder: config.json and safetensors; of a folder with an adapter in PEFT's
/// format the weights that it names, and the adapter beside them (model/lora.h). On the CPU and in
/// the checkpoint's dtype the parameters are the mapped file: nothing is read before it is used,
/// and nothing is copied unless it is written to. The model is in evaluation mode. Throws
/// WeightsError that lists every missing, unexpected and mis-shaped tensor, or says how much memory
/// is missing, before any weight is read.
DeepseekOcr load_model(const std::filesystem::path& folder, const LoadOptions& options = {});

/// The files that load_model() reads, for manifests: config.json first.
std::vector<std::filesystem::path> model_files(const std::filesystem::path& folder);

/// Writes a model as a checkpoint folder: config.json, generation_config.json,
/// processor_config.json and the weights, without adapters. Throws WeightsError.
void save_model(const DeepseekOcrImpl& model, const std::filesystem::path& folder);

}  // namespace dsocr::model
