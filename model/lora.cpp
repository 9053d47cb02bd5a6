#include "model/lora.h"

#include <fnmatch.h>

#include <array>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "configs/error.h"
#include "configs/seed.h"
#include "model/error.h"
#include "model/weights/safetensors.h"

namespace dsocr::model {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

// What PEFT puts before the names of a network's modules.
const std::string kPrefix = "base_model.model.";
constexpr const char* kConfigFile = "adapter_config.json";
constexpr const char* kWeightsFile = "adapter_model.safetensors";
constexpr std::array kHalves{"lora_A", "lora_B"};

struct NamedLinear {
  std::string name;  // of the module
  LinearImpl* layer;
};

std::vector<NamedLinear> linears_of(DeepseekOcrImpl& model) {
  std::vector<NamedLinear> found;
  for (const auto& item : model.named_modules())
    if (auto* layer = item.value()->as<LinearImpl>())
      if (!item.key().ends_with(".lora_A") && !item.key().ends_with(".lora_B"))
        found.push_back({item.key(), layer});
  return found;
}

bool is_pattern(const std::string& target) {
  return target.find_first_of("*?") != std::string::npos;
}

// As PEFT has it for names; patterns are for whole names.
bool matches(const std::string& target, const std::string& name) {
  if (is_pattern(target)) return fnmatch(target.c_str(), name.c_str(), 0) == 0;
  return name == target || name.ends_with("." + target);
}

void note_experts(DeepseekOcrImpl& model) {
  for (const auto& module : model.modules(/*include_self=*/false))
    if (auto* moe = module->as<MoeImpl>()) {
      moe->has_adapters = moe->shared_experts && moe->shared_experts->has_adapter();
      for (const auto& expert : *moe->experts)
        moe->has_adapters = moe->has_adapters || expert->as<GatedMlpImpl>()->has_adapter();
    }
}

void train_adapters_only(DeepseekOcrImpl& model) {
  for (auto& parameter : model.named_parameters())
    parameter.value().requires_grad_(is_adapter(parameter.key()));
}

void add_adapter(DeepseekOcrImpl& model, const NamedLinear& linear, std::int64_t rank) {
  linear.layer->add_adapter(rank, model.lora->alpha / static_cast<double>(rank),
                            configs::derive_seed(0, "lora.dropout." + linear.name), model.dropout);
}

// Whole numbers without a point, as PEFT's own.
json number(double value) {
  const auto whole = static_cast<std::int64_t>(value);
  return static_cast<double>(whole) == value ? json(whole) : json(value);
}

std::string tensor_name(const NamedLinear& linear, const char* half) {
  return kPrefix + linear.name + "." + half + ".weight";
}

// Kinds of adapters that would load and compute something else.
void refuse_other_kinds(const std::filesystem::path& file, const json& config) {
  if (config.at("peft_type") != "LORA") throw WeightsError(file, "is no LoRA adapter");
  for (const char* flag : {"use_dora", "use_rslora", "fan_in_fan_out"})
    if (config.value(flag, false))
      throw WeightsError(file, std::string(flag) + " is not supported");
  if (config.value("bias", "none") != "none") throw WeightsError(file, "bias is not supported");
  for (const char* key :
       {"modules_to_save", "rank_pattern", "alpha_pattern", "layers_to_transform"})
    if (config.contains(key) && !config[key].is_null() && !config[key].empty())
      throw WeightsError(file, std::string(key) + " is not supported");
}

json read_config(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw WeightsError(file, "cannot open");
  try {
    json config = json::parse(in);
    refuse_other_kinds(file, config);
    return config;
  } catch (const json::exception& error) {
    throw WeightsError(file, std::string("is damaged: ") + error.what());
  }
}

LoraConfig lora_config(const std::filesystem::path& file) {
  const json config = read_config(file);
  try {
    LoraConfig lora{.rank = config.at("r"),
                    .alpha = config.at("lora_alpha"),
                    .dropout = config.value("lora_dropout", 0.0),
                    .targets = {}};
    if (lora.rank < 1) throw WeightsError(file, "r must be 1 at least");
    if (config.at("target_modules").is_array())  // else a regular expression
      lora.targets = config["target_modules"].get<std::vector<std::string>>();
    return lora;
  } catch (const json::exception& error) {
    throw WeightsError(file, std::string("is damaged: ") + error.what());
  }
}

void require_layers(const SafetensorsFile& weights, const std::vector<NamedLinear>& linears) {
  std::set<std::string> known;
  for (const NamedLinear& linear : linears)
    for (const char* half : kHalves) known.insert(tensor_name(linear, half));
  for (const std::string& name : weights.names())
    if (!known.contains(name))
      throw WeightsError(weights.file(), name + " belongs to no linear layer of the network");
}

}  // namespace

bool is_adapter(const std::string& parameter) {
  return parameter.find(".lora_") != std::string::npos;
}

void add_lora(DeepseekOcrImpl& model, const LoraConfig& config, std::uint64_t seed) {
  const torch::NoGradGuard no_grad;
  const std::vector<NamedLinear> linears = linears_of(model);
  LoraConfig written = config;
  written.targets.clear();
  for (const std::string& target : config.targets) {
    std::vector<std::string> names;
    for (const NamedLinear& linear : linears)
      if (matches(target, linear.name)) names.push_back(linear.name);
    if (names.empty())
      throw configs::ConfigError("lora.targets", "no linear layer is called like '" + target + "'");
    if (!is_pattern(target)) names = {target};  // PEFT has no such patterns
    written.targets.insert(written.targets.end(), names.begin(), names.end());
  }
  model.lora = written;
  for (const NamedLinear& linear : linears) {
    const auto is_target = [&](const std::string& target) { return matches(target, linear.name); };
    if (std::none_of(config.targets.begin(), config.targets.end(), is_target)) continue;
    add_adapter(model, linear, config.rank);
    LinearImpl& layer = *linear.layer;
    auto generator = at::make_generator<at::CPUGeneratorImpl>(
        configs::derive_seed(seed, "lora.init." + linear.name));
    const double bound = 1 / std::sqrt(static_cast<double>(layer.weight.size(1)));
    const auto options = torch::dtype(torch::kFloat32);
    const torch::Tensor a =
        torch::empty(layer.lora_A->weight.sizes(), options).uniform_(-bound, bound, generator);
    layer.lora_A->weight.set_data(a.to(layer.weight.options()));
    layer.lora_B->weight.set_data(
        torch::zeros(layer.lora_B->weight.sizes(), layer.weight.options().requires_grad(false)));
  }
  model.dropout->rate = config.dropout;
  note_experts(model);
  train_adapters_only(model);
}

void set_dropout_pass(DeepseekOcrImpl& model, std::uint64_t pass) { model.dropout->pass = pass; }

void merge_lora(DeepseekOcrImpl& model) {
  const torch::NoGradGuard no_grad;
  for (const NamedLinear& linear : linears_of(model)) {
    LinearImpl& layer = *linear.layer;
    if (!layer.has_adapter()) continue;
    layer.weight.copy_(layer.merged());
    layer.remove_adapter();
  }
  model.lora.reset();
  note_experts(model);
}

void save_lora(const DeepseekOcrImpl& model, const std::filesystem::path& base,
               const std::filesystem::path& folder) {
  std::vector<NamedTensor> tensors;
  for (const auto& item : model.named_parameters())
    if (is_adapter(item.key())) tensors.push_back({kPrefix + item.key(), item.value().detach()});
  write_safetensors(folder / kWeightsFile, tensors, {{"format", "pt"}});
  const LoraConfig& lora = model.lora.value();
  const ordered_json config{{"base_model_name_or_path", std::filesystem::absolute(base).string()},
                            {"bias", "none"},
                            {"fan_in_fan_out", false},
                            {"inference_mode", true},
                            {"init_lora_weights", true},
                            {"lora_alpha", number(lora.alpha)},
                            {"lora_dropout", lora.dropout},
                            {"modules_to_save", nullptr},
                            {"peft_type", "LORA"},
                            {"r", lora.rank},
                            {"target_modules", lora.targets},
                            {"task_type", "CAUSAL_LM"},
                            {"use_dora", false},
                            {"use_rslora", false}};
  AtomicFile file(folder / kConfigFile);
  file.write(config.dump(2) + "\n");
  file.commit();
}

bool is_lora_folder(const std::filesystem::path& folder) {
  return std::filesystem::exists(folder / kConfigFile);
}

std::array<std::filesystem::path, 2> lora_files(const std::filesystem::path& folder) {
  return {folder / kConfigFile, folder / kWeightsFile};
}

std::filesystem::path lora_base(const std::filesystem::path& folder) {
  const json config = read_config(folder / kConfigFile);
  const std::filesystem::path base = config.value("base_model_name_or_path", "");
  for (const auto& candidate : {base, folder / base})
    if (!base.empty() && std::filesystem::exists(candidate / "config.json")) return candidate;
  throw WeightsError(folder / kConfigFile,
                     "is an adapter of '" + base.string() +
                         "', which is no folder with a model here: put its path there");
}

void load_lora(DeepseekOcrImpl& model, const std::filesystem::path& folder) {
  const torch::NoGradGuard no_grad;
  model.lora = lora_config(folder / kConfigFile);
  LoraConfig& lora = *model.lora;
  const bool has_targets = !lora.targets.empty();
  const SafetensorsFile weights(folder / kWeightsFile);
  if (weights.names().empty()) throw WeightsError(weights.file(), "has no adapters");
  const std::vector<NamedLinear> linears = linears_of(model);
  require_layers(weights, linears);
  for (const NamedLinear& linear : linears) {
    if (!weights.contains(tensor_name(linear, kHalves[0]))) continue;
    if (!has_targets) lora.targets.push_back(linear.name);
    add_adapter(model, linear, lora.rank);
    LinearImpl& layer = *linear.layer;
    for (const char* half : kHalves) {
      torch::Tensor& own = (half == kHalves[0] ? layer.lora_A : layer.lora_B)->weight;
      const torch::Tensor saved = weights.tensor(tensor_name(linear, half));
      if (saved.sizes() != own.sizes())
        throw WeightsError(weights.file(), tensor_name(linear, half) + " has another shape");
      own.set_data(saved.to(layer.weight.options().requires_grad(false)).clone());
    }
  }
  model.dropout->rate = lora.dropout;
  note_experts(model);
  train_adapters_only(model);
}

}  // namespace dsocr::model
