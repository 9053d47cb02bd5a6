#include "train/optimizer.h"

#include <ATen/ops/_fused_adamw.h>
#include <fnmatch.h>

#include <cmath>
#include <stdexcept>

#include "configs/error.h"
#include "model/inventory.h"

namespace dsocr::train {
namespace {

bool matches(const GroupConfig& group, const std::string& name) {
  return fnmatch(group.pattern.c_str(), name.c_str(), 0) == 0;
}

std::vector<std::int64_t> sizes_of(const std::vector<torch::Tensor>& parameters) {
  std::vector<std::int64_t> sizes;
  for (const torch::Tensor& parameter : parameters) sizes.push_back(parameter.numel());
  return sizes;
}

std::vector<torch::Tensor> trained(const model::DeepseekOcrImpl& model) {
  std::vector<torch::Tensor> weights;
  for (const auto& item : model.named_parameters())
    if (item.value().requires_grad()) weights.push_back(item.value());
  if (weights.empty()) throw configs::ConfigError("freeze", "leaves nothing to train");
  return weights;
}

void require_used(const model::DeepseekOcrImpl& model, const OptimizerConfig& config) {
  for (const GroupConfig& group : config.groups) {
    bool used = false;
    for (const auto& item : model.named_parameters()) used = used || matches(group, item.key());
    if (!used)
      throw configs::ConfigError("optimizer.groups",
                                 "no parameter is called like '" + group.pattern + "'");
  }
}

}  // namespace

AdamW::AdamW(const model::DeepseekOcrImpl& model, const OptimizerConfig& config, Group& group,
             bool sharded)
    : config_(config),
      group_(group),
      sharded_(sharded && group.size() > 1),
      shards_(sizes_of(trained(model)), sharded_ ? group.size() : 1) {
  require_used(model, config);
  for (const auto& item : model.named_parameters())
    if (item.value().requires_grad()) parameters_.push_back({item.key(), item.value()});
  const auto options = parameters_[0].weight.options().dtype(torch::kFloat32).requires_grad(false);
  const std::int64_t count = shards_.count(owner());
  mean_ = torch::zeros({count}, options);
  square_ = torch::zeros({count}, options);
  if (parameters_[0].weight.scalar_type() != torch::kFloat32)
    master_ = torch::empty({count}, options);
  num_steps_ = torch::zeros({}, options);
  std::int64_t at = 0;
  for (const Shards::Piece& piece : shards_.pieces(owner())) {
    add_piece(piece, at);
    at += piece.count;
  }
}

void AdamW::add_piece(const Shards::Piece& piece, std::int64_t at) {
  const torch::NoGradGuard no_grad;
  const auto& [name, weight] = parameters_[piece.parameter];
  double rate = config_.rate;
  double decay = weight.dim() > 1 ? config_.weight_decay : 0;
  for (const GroupConfig& group : config_.groups) {
    if (!matches(group, name)) continue;
    rate *= group.rate;
    decay = group.weight_decay.value_or(decay);
    break;
  }
  const auto own = [&](const torch::Tensor& flat) { return flat.narrow(0, at, piece.count); };
  const torch::Tensor values = part(weight.detach(), piece);
  torch::Tensor master = values;
  if (master_.defined()) master = own(master_).copy_(values);
  auto setting = std::find_if(settings_.begin(), settings_.end(), [&](const Setting& s) {
    return s.rate == rate && s.weight_decay == decay;
  });
  if (setting == settings_.end()) setting = settings_.insert(setting, Setting{rate, decay});
  setting->pieces.push_back(pieces_.size());
  pieces_.push_back({piece, values, master, own(mean_), own(square_)});
}

std::vector<torch::Tensor> AdamW::parameters() const {
  std::vector<torch::Tensor> weights;
  for (const Parameter& parameter : parameters_) weights.push_back(parameter.weight);
  return weights;
}

void AdamW::zero_gradients() {
  const torch::NoGradGuard no_grad;
  for (Parameter& parameter : parameters_) {
    torch::Tensor& weight = parameter.weight;
    if (weight.grad().defined())
      weight.mutable_grad().zero_();
    else
      weight.mutable_grad() = torch::zeros_like(weight);
  }
}

GradientNorms AdamW::clip_gradients() {
  const torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> gradients;
  std::vector<std::string> parts;
  for (const Parameter& parameter : parameters_) {
    gradients.push_back(parameter.weight.grad());
    parts.push_back(model::part_of(parameter.name));
  }
  std::vector<torch::Tensor> norms;
  for (const torch::Tensor& gradient : gradients)
    norms.push_back(torch::linalg_vector_norm(gradient, 2, c10::nullopt, false, torch::kFloat32));
  const torch::Tensor all = torch::stack(norms).to(torch::kCPU, torch::kFloat64);
  GradientNorms result;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const double square = std::pow(all.const_data_ptr<double>()[i], 2);
    result.parts[parts[i]] += square;
    result.total += square;
  }
  for (auto& [part, norm] : result.parts) norm = std::sqrt(norm);
  result.total = std::sqrt(result.total);
  if (config_.clip > 0 && result.total > config_.clip && std::isfinite(result.total))
    for (torch::Tensor& gradient : gradients) gradient.mul_(config_.clip / result.total);
  return result;
}

void AdamW::step(double rate_share) {
  const torch::NoGradGuard no_grad;
  num_steps_ += 1;
  for (const Setting& setting : settings_) {
    std::vector<torch::Tensor> masters, gradients, means, squares;
    for (const std::size_t i : setting.pieces) {
      const Piece& piece = pieces_[i];
      const torch::Tensor gradient = parameters_[piece.of.parameter].weight.grad();
      masters.push_back(piece.master);
      gradients.push_back(part(gradient, piece.of).to(torch::kFloat32));
      means.push_back(piece.mean);
      squares.push_back(piece.square);
    }
    const std::vector<torch::Tensor> steps(masters.size(), num_steps_);
    at::_fused_adamw_(masters, gradients, means, squares, {}, steps, setting.rate * rate_share,
                      config_.beta1, config_.beta2, setting.weight_decay, config_.epsilon,
                      /*amsgrad=*/false, /*maximize=*/false);
  }
  if (master_.defined())
    for (Piece& piece : pieces_) piece.weight.copy_(piece.master);
  if (sharded_) share(group_, shards_, parameters());
}

std::vector<model::NamedTensor> AdamW::state() const {
  std::vector<model::NamedTensor> state{{"num_steps", num_steps_}};
  const auto add = [&](const char* kind, const torch::Tensor& own) {
    if (!own.defined()) return;
    const torch::Tensor all = sharded_ ? collect(group_, shards_, own) : own;
    if (!all.defined()) return;
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      const torch::Tensor& weight = parameters_[i].weight;
      state.push_back({kind + parameters_[i].name,
                       all.narrow(0, shards_.start(i), weight.numel()).view(weight.sizes())});
    }
  };
  add("mean.", mean_);
  add("square.", square_);
  add("master.", master_);
  return state;
}

void AdamW::set_state(const model::SafetensorsFile& file) {
  const torch::NoGradGuard no_grad;
  const std::size_t kinds = master_.defined() ? 3 : 2;
  if (file.names().size() != 1 + kinds * parameters_.size())
    throw std::runtime_error(file.file().string() + ": is the state of other parameters");
  num_steps_.copy_(file.tensor("num_steps"));
  for (Piece& piece : pieces_) {
    const Parameter& parameter = parameters_[piece.of.parameter];
    const auto read = [&](const std::string& kind, torch::Tensor& own) {
      const torch::Tensor saved = file.tensor(kind + parameter.name);
      if (saved.sizes() != parameter.weight.sizes())
        throw std::runtime_error(file.file().string() + ": " + kind + parameter.name +
                                 " has another shape");
      own.copy_(part(saved, piece.of));
    };
    read("mean.", piece.mean);
    read("square.", piece.square);
    if (master_.defined()) read("master.", piece.master);
  }
}

}  // namespace dsocr::train
