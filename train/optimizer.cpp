#include "train/optimizer.h"

#include <ATen/ops/_fused_adamw.h>
#include <fnmatch.h>

#include <stdexcept>

#include "configs/error.h"

namespace dsocr::train {
namespace {

bool matches(const GroupConfig& group, const std::string& name) {
  return fnmatch(group.pattern.c_str(), name.c_str(), 0) == 0;
}

}  // namespace

AdamW::AdamW(const model::DeepseekOcrImpl& model, const OptimizerConfig& config) : config_(config) {
  const auto parameters = model.named_parameters();
  for (const GroupConfig& group : config.groups) {
    bool used = false;
    for (const auto& item : parameters) used = used || matches(group, item.key());
    if (!used)
      throw configs::ConfigError("optimizer.groups",
                                 "no parameter is called like '" + group.pattern + "'");
  }
  for (const auto& item : parameters) {
    const torch::Tensor& weight = item.value();
    if (!weight.requires_grad()) continue;
    double rate = config.rate;
    double decay = weight.dim() > 1 ? config.weight_decay : 0;
    for (const GroupConfig& group : config.groups) {
      if (!matches(group, item.key())) continue;
      rate *= group.rate;
      decay = group.weight_decay.value_or(decay);
      break;
    }
    auto group = std::find_if(groups_.begin(), groups_.end(), [&](const Group& g) {
      return g.rate == rate && g.weight_decay == decay;
    });
    if (group == groups_.end()) group = groups_.insert(group, Group{rate, decay});
    const bool is_float = weight.scalar_type() == torch::kFloat32;
    const torch::Tensor master = is_float ? weight : weight.detach().to(torch::kFloat32);
    const auto zeros = [&] {
      return torch::zeros(weight.sizes(), weight.options().dtype(torch::kFloat32));
    };
    group->parameters.push_back({item.key(), weight, master, zeros(), zeros()});
  }
  if (groups_.empty()) throw configs::ConfigError("freeze", "leaves nothing to train");
  num_steps_ = torch::zeros({}, groups_[0].parameters[0].mean.options());
}

template <class Visit>
void AdamW::for_each(Visit visit) const {
  for (const Group& group : groups_)
    for (const Parameter& parameter : group.parameters) visit(parameter);
}

void AdamW::zero_gradients() {
  const torch::NoGradGuard no_grad;
  for_each([](const Parameter& parameter) {
    torch::Tensor weight = parameter.weight;
    if (weight.grad().defined())
      weight.mutable_grad().zero_();
    else
      weight.mutable_grad() = torch::zeros_like(weight);
  });
}

double AdamW::clip_gradients() {
  const torch::NoGradGuard no_grad;
  torch::Tensor squares = torch::zeros({}, num_steps_.options().dtype(torch::kFloat64));
  for_each([&](const Parameter& parameter) {
    squares +=
        torch::linalg_vector_norm(parameter.weight.grad(), 2, c10::nullopt, false, torch::kFloat32)
            .to(torch::kFloat64)
            .square();
  });
  const double norm = squares.sqrt().item<double>();
  if (config_.clip <= 0 || !(norm > config_.clip)) return norm;
  if (std::isfinite(norm))
    for_each([&](const Parameter& parameter) {
      torch::Tensor weight = parameter.weight;
      weight.mutable_grad().mul_(config_.clip / norm);
    });
  return norm;
}

void AdamW::step(double rate_share) {
  const torch::NoGradGuard no_grad;
  num_steps_ += 1;
  for (const Group& group : groups_) {
    std::vector<torch::Tensor> weights, gradients, means, squares;
    for (const Parameter& parameter : group.parameters) {
      weights.push_back(parameter.master);
      gradients.push_back(parameter.weight.grad().to(torch::kFloat32));
      means.push_back(parameter.mean);
      squares.push_back(parameter.square);
    }
    const std::vector<torch::Tensor> steps(weights.size(), num_steps_);
    at::_fused_adamw_(weights, gradients, means, squares, {}, steps, group.rate * rate_share,
                      config_.beta1, config_.beta2, group.weight_decay, config_.epsilon,
                      /*amsgrad=*/false, /*maximize=*/false);
    for (const Parameter& parameter : group.parameters)
      if (!parameter.master.is_same(parameter.weight))
        torch::Tensor(parameter.weight).copy_(parameter.master);
  }
}

std::vector<model::NamedTensor> AdamW::state() const {
  std::vector<model::NamedTensor> state{{"num_steps", num_steps_}};
  for_each([&](const Parameter& parameter) {
    state.push_back({"mean." + parameter.name, parameter.mean});
    state.push_back({"square." + parameter.name, parameter.square});
    if (!parameter.master.is_same(parameter.weight))
      state.push_back({"master." + parameter.name, parameter.master});
  });
  return state;
}

void AdamW::set_state(const model::SafetensorsFile& file) {
  const torch::NoGradGuard no_grad;
  const std::vector<model::NamedTensor> all = state();
  if (all.size() != file.names().size())
    throw std::runtime_error(file.file().string() + ": is the state of other parameters");
  for (const model::NamedTensor& own : all) {
    const torch::Tensor saved = file.tensor(own.name);
    if (saved.sizes() != own.tensor.sizes())
      throw std::runtime_error(file.file().string() + ": " + own.name + " has another shape");
    torch::Tensor(own.tensor).copy_(saved);
  }
}

std::int64_t AdamW::num_parameters() const {
  std::int64_t count = 0;
  for_each([&](const Parameter& parameter) { count += parameter.weight.numel(); });
  return count;
}

}  // namespace dsocr::train
