#include "model/moe.h"

namespace dsocr::model {

GatedMlpImpl::GatedMlpImpl(std::int64_t size, std::int64_t inner) {
  gate_proj = register_module("gate_proj", Linear(size, inner, false));
  up_proj = register_module("up_proj", Linear(size, inner, false));
  down_proj = register_module("down_proj", Linear(inner, size, false));
}

torch::Tensor GatedMlpImpl::forward(const torch::Tensor& x) {
  return down_proj(torch::silu(gate_proj(x)) * up_proj(x));
}

RouterImpl::RouterImpl(const DecoderConfig& config)
    : num_experts_per_token(config.num_experts_per_token),
      norm_topk_prob(config.norm_topk_prob),
      scaling(config.routed_scaling_factor) {
  weight = register_parameter("weight", unallocated({config.num_experts, config.hidden_size}));
}

RouterImpl::Result RouterImpl::forward(const torch::Tensor& x_ND) {
  const torch::Tensor logits = torch::linear(x_ND.to(torch::kFloat32), weight.to(torch::kFloat32));
  const torch::Tensor probabilities = torch::softmax(logits, -1);
  auto [weights, experts] = torch::topk(probabilities, num_experts_per_token, -1, true, true);
  if (norm_topk_prob && num_experts_per_token > 1)
    weights = weights / (weights.sum(-1, true) + 1e-20);
  return {probabilities, weights * scaling, experts};
}

MoeImpl::MoeImpl(const DecoderConfig& config)
    : num_experts(config.num_experts), aux_loss_alpha(config.aux_loss_alpha) {
  gate = register_module("gate", Router(config));
  for (std::int64_t expert = 0; expert < num_experts; ++expert)
    experts->push_back(GatedMlp(config.hidden_size, config.expert_size));
  register_module("experts", experts);
  if (config.num_shared_experts > 0)
    shared_experts = register_module(
        "shared_experts",
        GatedMlp(config.hidden_size, config.expert_size * config.num_shared_experts));
}

MoeImpl::Result MoeImpl::forward(const torch::Tensor& x_BTD, const Trace& trace) {
  const torch::Tensor x = x_BTD.flatten(0, 1);
  const RouterImpl::Result route = gate(x);
  trace("topk_idx", route.experts_NK);
  trace("topk_weight", route.weights_NK);
  torch::Tensor out = routed(x, route);
  if (shared_experts) out = out + shared_experts(x);
  return {out.view_as(x_BTD), is_training() ? balance(route, x_BTD.size(0)) : torch::Tensor()};
}

torch::Tensor MoeImpl::routed(const torch::Tensor& x_ND, const RouterImpl::Result& route) {
  const std::int64_t per_token = route.experts_NK.size(1);
  const auto expert_of = [&](std::int64_t expert) {
    return experts->ptr<GatedMlpImpl>(static_cast<size_t>(expert));
  };
  std::vector<torch::Tensor> outputs;
  torch::Tensor sorted_back;  // place of each token's k-th expert in the outputs
  if (x_ND.size(0) == 1 && !is_training()) {
    const torch::Tensor chosen = route.experts_NK.to(torch::kCPU);
    for (std::int64_t k = 0; k < per_token; ++k)
      outputs.push_back(expert_of(chosen.data_ptr<std::int64_t>()[k])->forward(x_ND));
  } else {
    // Rows are sorted by expert, so that each expert is one product over its own rows.
    const torch::Tensor chosen = route.experts_NK.flatten();
    const torch::Tensor order = torch::argsort(chosen, /*stable=*/true, /*dim=*/0);
    const torch::Tensor counts =
        torch::bincount(chosen, /*weights=*/{}, num_experts).to(torch::kCPU);
    const torch::Tensor sorted = x_ND.index_select(0, order.div(per_token, "floor"));
    std::int64_t begin = 0;
    for (std::int64_t expert = 0; expert < num_experts; ++expert) {
      const std::int64_t rows = counts.data_ptr<std::int64_t>()[expert];
      // In training an idle expert still runs on nothing: its gradient is then zero, not missing.
      if (rows == 0 && !is_training()) continue;
      outputs.push_back(expert_of(expert)->forward(sorted.narrow(0, begin, rows)));
      begin += rows;
    }
    sorted_back =
        torch::empty_like(order).scatter_(0, order, torch::arange(order.size(0), order.options()));
  }
  torch::Tensor all = torch::cat(outputs);
  if (sorted_back.defined()) all = all.index_select(0, sorted_back);
  return all.view({x_ND.size(0), per_token, x_ND.size(1)})
      .to(torch::kFloat32)
      .mul(route.weights_NK.unsqueeze(-1))
      .sum(1)
      .to(x_ND.scalar_type());
}

torch::Tensor MoeImpl::balance(const RouterImpl::Result& route, std::int64_t sequences) const {
  const std::int64_t per_token = route.experts_NK.size(1);
  const std::int64_t tokens = route.experts_NK.size(0) / sequences;
  const torch::Tensor chosen = route.experts_NK.view({sequences, tokens * per_token});
  const torch::Tensor times =
      torch::zeros({sequences, num_experts}, route.probabilities_NE.options().requires_grad(false))
          .scatter_add_(
              1, chosen,
              torch::ones(chosen.sizes(), route.probabilities_NE.options().requires_grad(false)));
  const double expected =
      static_cast<double>(per_token * tokens) / static_cast<double>(num_experts);
  const torch::Tensor share = route.probabilities_NE.view({sequences, tokens, -1}).mean(1);
  return aux_loss_alpha * (times / expected * share).sum(1).mean();
}

}  // namespace dsocr::model
