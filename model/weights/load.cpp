#include "model/weights/load.h"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "configs/error.h"
#include "model/error.h"
#include "model/lora.h"
#include "model/memory.h"
#include "model/weights/hf_config.h"

namespace dsocr::model {
namespace {

using nlohmann::ordered_json;

constexpr std::array kDtypes{std::pair{"float32", torch::kFloat32},
                             std::pair{"bfloat16", torch::kBFloat16}};

// An int64 buffer that some checkpoints carry and nothing needs.
const std::string kPositionIds = "model.vision_model.embeddings.position_ids";

// Beside the weights: activations, cache and libtorch itself.
constexpr std::int64_t kWorkingBytes = std::int64_t{512} << 20;

std::string gigabytes(std::int64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f GB", static_cast<double>(bytes) / 1e9);
  return text;
}

// The dtype of most weights: the embedding's.
torch::ScalarType stored_dtype(const Checkpoint& checkpoint) {
  const torch::ScalarType dtype = checkpoint.info("model.embed_tokens.weight").dtype;
  if (dtype != torch::kFloat32 && dtype != torch::kBFloat16 && dtype != torch::kFloat16)
    throw WeightsError(checkpoint.path(), std::string("model.embed_tokens.weight is ") +
                                              c10::toString(dtype) + ", not a weight's type");
  return dtype == torch::kFloat16 ? torch::kFloat32 : dtype;
}

// Before anything is mapped. Weights that stay in the mapped file count as well: less memory than
// that means reading them from the disk again for every token.
void require_memory(const std::filesystem::path& folder, const DeepseekOcrImpl& model,
                    const LoadOptions& options) {
  if (!options.device.is_cpu()) return;
  std::int64_t weights = 0;
  if (options.dtype) {
    for (const auto& parameter : model.parameters())
      weights += parameter.numel() * static_cast<std::int64_t>(torch::elementSize(*options.dtype));
  } else {
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      if (entry.path().extension() == ".safetensors")
        weights += static_cast<std::int64_t>(entry.file_size());
  }
  const std::int64_t needed = weights + kWorkingBytes;
  const std::int64_t available = available_memory();
  if (needed > available)
    throw WeightsError(folder, "the model needs " + gigabytes(needed) + " of memory, and " +
                                   gigabytes(available) + " are available");
}

}  // namespace

std::optional<torch::ScalarType> parse_dtype(const std::string& name) {
  for (const auto& [known, dtype] : kDtypes)
    if (name == known) return dtype;
  return std::nullopt;
}

std::string dtype_name(torch::ScalarType dtype) {
  for (const auto& [name, known] : kDtypes)
    if (dtype == known) return name;
  return c10::toString(dtype);
}

torch::Device find_device(const std::string& name) {
  if (name == "cpu") return torch::kCPU;
  const bool numbered =
      name.starts_with("cuda:") && name.size() > 5 && name.size() < 8 &&
      std::all_of(name.begin() + 5, name.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (name != "cuda" && !numbered)
    throw configs::ConfigError("device", "must be cpu, cuda or cuda:N, not '" + name + "'");
  // A libtorch without CUDA has no such part; one with it has it loaded, as libtorch.so asks.
  if (!dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL))
    throw configs::ConfigError("device", std::string("this libtorch has no CUDA: ") + dlerror());
  const auto index = numbered ? std::stoi(name.substr(5)) : 0;
  const auto count = static_cast<int>(static_cast<unsigned char>(torch::cuda::device_count()));
  if (index >= count)
    throw configs::ConfigError(
        "device", name + " is not there; this machine has " + std::to_string(count) + " GPUs");
  // torch's default would round float32 convolutions to TF32: float32 is asked for to be exact.
  at::globalContext().setAllowTF32CuDNN(false);
  return {torch::kCUDA, static_cast<torch::DeviceIndex>(index)};
}

namespace {

// What training hangs onto a network is no part of its checkpoint.
bool is_released(const std::string& parameter) {
  const bool own = parameter.starts_with("model.") || parameter.starts_with("lm_head.");
  return own && !is_adapter(parameter);
}

}  // namespace

std::vector<ExpectedTensor> expected_tensors(const DeepseekOcrImpl& model) {
  std::vector<ExpectedTensor> expected;
  for (const auto& item : model.named_parameters())
    if (is_released(item.key())) expected.push_back({item.key(), item.value().sizes().vec()});
  return expected;
}

DeepseekOcr load_model(const std::filesystem::path& folder, const LoadOptions& options) {
  if (is_lora_folder(folder)) {
    DeepseekOcr adapted = load_model(lora_base(folder), options);
    load_lora(*adapted, folder);
    return adapted;
  }
  DeepseekOcr model(read_hf_config(folder / "config.json"));
  require_memory(folder, *model, options);
  const Checkpoint checkpoint = Checkpoint::open(folder);
  require_tensors(checkpoint, expected_tensors(*model), std::array{kPositionIds});
  const torch::ScalarType dtype = options.dtype.value_or(stored_dtype(checkpoint));
  const torch::NoGradGuard no_grad;
  for (auto& item : model->named_parameters())
    item.value().set_data(checkpoint.tensor(item.key()).to(options.device, dtype));
  if (!options.device.is_cpu())
    for (const auto& module : model->modules())
      if (auto* moe = module->as<MoeImpl>()) moe->join_experts();
  model->eval();
  return model;
}

std::vector<std::filesystem::path> model_files(const std::filesystem::path& folder) {
  if (is_lora_folder(folder)) {
    auto files = model_files(lora_base(folder));
    for (const auto& file : lora_files(folder)) files.push_back(file);
    return files;
  }
  std::vector<std::filesystem::path> files = Checkpoint::open(folder).files();
  files.insert(files.begin(), folder / "config.json");
  return files;
}

void save_model(const DeepseekOcrImpl& model, const std::filesystem::path& folder) {
  std::vector<NamedTensor> tensors;
  for (const auto& item : model.named_parameters())
    if (is_released(item.key())) tensors.push_back({item.key(), item.value().detach()});
  save_checkpoint(folder, tensors);
  const auto write = [&](const char* name, const ordered_json& json) {
    AtomicFile file(folder / name);
    file.write(json.dump(2) + "\n");
    file.commit();
  };
  write("config.json", hf_config(model.config, dtype_name(model.dtype())));
  write("generation_config.json",
        {{"bos_token_id", model.config.bos_token_id}, {"eos_token_id", model.config.eos_token_id}});
  write("processor_config.json", {{"image_mean", {0.5, 0.5, 0.5}},
                                  {"image_std", {0.5, 0.5, 0.5}},
                                  {"patch_size", model.config.sam.patch_size},
                                  {"downsample_ratio", 4},
                                  {"ignore_id", -100},
                                  {"image_token", "<image>"}});
}

}  // namespace dsocr::model
