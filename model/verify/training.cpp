#include <array>
#include <cmath>
#include <optional>
#include <set>

#include "model/verify/compare.h"

namespace dsocr::model {
namespace {

using nlohmann::json;

// What the official forward keeps out of the gradient (spec: model, section 9.2).
const std::array<std::string, 5> kVision{"model.sam_model.*", "model.vision_model.*",
                                         "model.projector.*", "model.image_newline",
                                         "model.view_seperator"};

// [B, T] from a list or a list of lists.
torch::Tensor rows_of(const json& value) {
  const json rows = value.front().is_array() ? value : json::array({value});
  std::vector<torch::Tensor> tensors;
  for (const json& row : rows)
    tensors.push_back(torch::tensor(row.get<std::vector<std::int64_t>>(), torch::kInt64));
  return torch::stack(tensors);
}

// Mean over the labels that are not -100, each predicted from the token before it.
torch::Tensor cross_entropy(const torch::Tensor& logits_BTV, const torch::Tensor& labels_BT) {
  const std::int64_t last = logits_BTV.size(1) - 1;
  const torch::Tensor next = labels_BT.narrow(1, 1, last).flatten().to(logits_BTV.device());
  return torch::nn::functional::cross_entropy(
      logits_BTV.narrow(1, 0, last).flatten(0, 1), next,
      torch::nn::functional::CrossEntropyFuncOptions().ignore_index(-100));
}

double norm_of(const torch::Tensor& gradient) {
  return gradient.to(torch::kFloat64).norm().item<double>();
}

void check_gradients(DeepseekOcrImpl& model, const json& step, const SafetensorsFile* tensors,
                     Checks& checks) {
  const auto parameters = model.named_parameters();
  if (step.contains("grad_norm")) {
    for (const auto& [name, theirs] : step["grad_norm"].items()) {
      const torch::Tensor* parameter = parameters.find(name);
      if (!parameter) {
        checks.failed("grad_norm." + name, "no such parameter");
        continue;
      }
      const torch::Tensor gradient = parameter->grad();
      // A missing gradient and one of zeros are different things to an optimiser.
      if (theirs.is_null() || !gradient.defined())
        checks.equal("grad_norm." + name, gradient.defined() ? json(norm_of(gradient)) : json(),
                     theirs);
      else
        checks.number("grad_norm." + name, norm_of(gradient), theirs.get<double>(), kGradientLimit);
    }
  }
  if (step.contains("total_grad_norm")) {
    double squares = 0;
    for (const auto& item : parameters)
      if (item.value().grad().defined()) squares += std::pow(norm_of(item.value().grad()), 2);
    checks.number("total_grad_norm", std::sqrt(squares), step["total_grad_norm"].get<double>(),
                  kGradientLimit);
  }
  if (!tensors) return;
  for (const std::string& name : tensors->names()) {
    if (!name.starts_with("grad.")) continue;
    const torch::Tensor* parameter = parameters.find(name.substr(5));
    if (parameter)
      checks.tensor(name, parameter->grad(), tensors->tensor(name), kGradientLimit);
    else
      checks.failed(name, "no such parameter");
  }
}

void verify_step(DeepseekOcrImpl& model, const std::filesystem::path& folder,
                 const std::string& name, const json& step, const SafetensorsFile* tensors,
                 Checks checks) {
  SequenceBatch batch{.ids_BT = rows_of(step.at("input_ids"))};
  if (step.contains("attention_mask"))
    batch.mask_BT = rows_of(step["attention_mask"]).to(torch::kBool);
  const json samples = step.value("samples", json::array({"tiled"}));
  for (const json& sample : samples)
    batch.pages.push_back(
        case_pages(SafetensorsFile(folder / (sample.get<std::string>() + ".safetensors"))));

  const bool frozen = name.find("vision_frozen") != std::string::npos;
  freeze(model, frozen ? std::span<const std::string>(kVision) : std::span<const std::string>());
  model.zero_grad();
  model.train();
  const DeepseekOcrImpl::Result result = model.forward(batch);
  const torch::Tensor loss = cross_entropy(result.logits_BTV, rows_of(step.at("labels")));
  torch::Tensor total = loss;
  for (const torch::Tensor& aux : result.aux_losses) total = total + aux;
  total.backward();
  model.eval();

  checks.number("ce_loss", loss.item<double>(), step.at("ce_loss").get<double>(), kLossLimit);
  checks.equal("num_aux_losses", result.aux_losses.size(), step.at("aux_losses").size());
  for (size_t i = 0; i < std::min(result.aux_losses.size(), step["aux_losses"].size()); ++i)
    checks.number("aux_losses." + std::to_string(i), result.aux_losses[i].item<double>(),
                  step["aux_losses"][i].get<double>(), kLossLimit);
  check_gradients(model, step, name == "train_all" ? tensors : nullptr, checks);
  if (!tensors) return;
  if (name == "train_all" && tensors->contains("logits"))
    checks.tensor("logits", result.logits_BTV, tensors->tensor("logits"), kActivationLimit);
  for (std::int64_t row = 0; samples.size() > 1 && row < batch.ids_BT.size(0); ++row) {
    const std::string valid = "batch2.logits_valid" + std::to_string(row);
    if (!tensors->contains(valid)) continue;
    const torch::Tensor theirs = tensors->tensor(valid);
    checks.tensor(valid, result.logits_BTV[row].narrow(0, 0, theirs.size(0)), theirs,
                  kActivationLimit);
  }
}

}  // namespace

void verify_training(DeepseekOcrImpl& model, const std::filesystem::path& folder,
                     const json& expected, std::vector<Check>& out) {
  std::optional<SafetensorsFile> tensors;
  if (std::filesystem::exists(folder / "train.safetensors"))
    tensors.emplace(folder / "train.safetensors");
  const size_t before = out.size();
  for (const auto& [name, step] : expected.items()) {
    if (step.is_object() && step.contains("ce_loss"))
      verify_step(model, folder, name, step, tensors ? &*tensors : nullptr, {name, out});
    else if (step.is_object() && step.contains("labels"))
      Checks(name, out).failed("ce_loss", "the step has no loss");
  }
  if (!tensors) return;
  std::set<std::string> checked;
  for (size_t i = before; i < out.size(); ++i) checked.insert(out[i].name);
  for (const std::string& name : tensors->names())
    if (!checked.contains(name)) Checks("train", out).failed(name, "unknown tensor");
}

}  // namespace dsocr::model
