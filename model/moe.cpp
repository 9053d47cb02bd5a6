#include "model/moe.h"

#include <algorithm>
#include <numeric>

#include "model/kernels/small_linear.h"
#include "model/kernels/small_rows.h"
#include "model/kernels/training_rows.h"

namespace dsocr::model {
namespace {

// Of more rows each expert has enough for torch's products to be faster.
constexpr std::int64_t kBlockRows = 1024;
// In training on a CPU each expert has a multiple of these: kernels there are made for a number of
// rows, which takes longer than to multiply them.
constexpr std::int64_t kTrainingRows = 64;

// Rows sorted by expert.
struct SortedRows {
  torch::Tensor rows, experts;  // both [M]
  torch::Tensor places;         // [N], where the first of them, the second, ... stand
};

// Each expert's rows with others behind them, whose outputs nobody asks for.
SortedRows filled_up(const torch::Tensor& rows_N, const torch::Tensor& experts_N) {
  const auto* rows = rows_N.const_data_ptr<std::int64_t>();
  const auto* experts = experts_N.const_data_ptr<std::int64_t>();
  std::vector<std::int64_t> filled, of_expert, places;
  for (std::int64_t i = 0; i < rows_N.size(0); ++i) {
    places.push_back(static_cast<std::int64_t>(filled.size()));
    filled.push_back(rows[i]);
    of_expert.push_back(experts[i]);
    if (i + 1 < rows_N.size(0) && experts[i + 1] == experts[i]) continue;
    while (static_cast<std::int64_t>(filled.size()) % kTrainingRows != 0) {
      filled.push_back(0);
      of_expert.push_back(experts[i]);
    }
  }
  return {torch::tensor(filled), torch::tensor(of_expert), torch::tensor(places)};
}

}  // namespace

GatedMlpImpl::GatedMlpImpl(std::int64_t size, std::int64_t inner) {
  gate_proj = register_module("gate_proj", Linear(size, inner, false));
  up_proj = register_module("up_proj", Linear(size, inner, false));
  down_proj = register_module("down_proj", Linear(inner, size, false));
}

torch::Tensor GatedMlpImpl::forward(const torch::Tensor& x) {
  if (!has_adapter() && is_small_linear(x, gate_proj->weight)) {
    const torch::Tensor all = x.contiguous();
    const Rows rows{this, all, torch::empty_like(all), 0, x.numel() / x.size(-1)};
    forward_together({&rows, 1});
    return rows.out;
  }
  const torch::Tensor gates = gate_proj(x), ups = up_proj(x);
  const bool at_once = is_training_rows(gates) && is_training_rows(ups);
  return down_proj(at_once ? silu_product(gates, ups) : torch::silu(gates) * ups);
}

void GatedMlpImpl::forward_together(std::span<const Rows> parts) {
  std::int64_t total = 0;
  for (const Rows& part : parts) total += part.count * part.mlp->gate_proj->weight.size(0);
  torch::Tensor gates = torch::empty({total}, parts[0].x.options());
  const torch::Tensor ups = torch::empty_like(gates);
  std::vector<SmallProduct> first, second;
  std::int64_t inner_begin = 0;
  for (const auto& [mlp, x, out, begin, count] : parts) {
    const std::int64_t size = x.size(-1), inner = mlp->gate_proj->weight.size(0);
    first.push_back({x, mlp->gate_proj->weight, gates, count, begin * size, inner_begin});
    first.push_back({x, mlp->up_proj->weight, ups, count, begin * size, inner_begin});
    second.push_back({gates, mlp->down_proj->weight, out, count, inner_begin, begin * size});
    inner_begin += count * inner;
  }
  small_products(first);
  silu_times(gates, ups);
  small_products(second);
}

RouterImpl::RouterImpl(const DecoderConfig& config)
    : num_experts_per_token(config.num_experts_per_token),
      norm_topk_prob(config.norm_topk_prob),
      scaling(config.routed_scaling_factor) {
  weight = register_parameter("weight", unallocated({config.num_experts, config.hidden_size}));
}

RouterImpl::Result RouterImpl::forward(const torch::Tensor& x_ND) {
  const torch::Tensor logits =
      is_small_linear(x_ND, weight)
          ? small_linear(x_ND, weight, torch::kFloat32)
          : torch::linear(x_ND.to(torch::kFloat32), weight.to(torch::kFloat32));
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

MoeImpl::Result MoeImpl::forward(const torch::Tensor& x_BTD, const Trace& trace,
                                 const torch::Tensor& balanced_BT) {
  const torch::Tensor x = x_BTD.flatten(0, 1);
  const RouterImpl::Result route = gate(x);
  trace("topk_idx", route.experts_NK);
  trace("topk_weight", route.weights_NK);
  torch::Tensor out;
  const torch::Tensor& weight = experts->ptr<GatedMlpImpl>(0)->gate_proj->weight;
  const bool few =
      is_small_linear(x, weight) || (x.size(0) <= kBlockRows && is_block_linear(x, weight));
  if (!is_training() && !has_adapters && few) {
    out = few_rows(x.contiguous(), route);
  } else {
    out = routed(x, route);
    if (shared_experts) out = out + shared_experts(x);
  }
  if (!is_training()) return {out.view_as(x_BTD), {}, {}};
  const torch::Tensor counted =
      balanced_BT.defined()
          ? balanced_BT.to(torch::kFloat32)
          : torch::ones({x_BTD.size(0), x_BTD.size(1)}, route.probabilities_NE.options());
  return balanced(out.view_as(x_BTD), route, counted.detach());
}

torch::Tensor MoeImpl::few_rows(const torch::Tensor& x_ND, const RouterImpl::Result& route) {
  const std::int64_t tokens = x_ND.size(0), per_token = route.experts_NK.size(1);
  const std::span<const std::int64_t> chosen(route.experts_NK.const_data_ptr<std::int64_t>(),
                                             static_cast<size_t>(tokens * per_token));
  // Rows are sorted by expert, so that each expert is read once.
  std::vector<std::int64_t> order(chosen.size());
  std::iota(order.begin(), order.end(), 0);
  const auto expert_of = [&](std::int64_t place) { return chosen[static_cast<size_t>(place)]; };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::int64_t a, std::int64_t b) { return expert_of(a) < expert_of(b); });
  std::vector<std::int64_t> rows, back(order.size());
  for (size_t i = 0; i < order.size(); ++i) {
    rows.push_back(order[i] / per_token);
    back[static_cast<size_t>(order[i])] = static_cast<std::int64_t>(i);
  }
  const torch::Tensor sorted = x_ND.index_select(0, torch::tensor(rows));
  const torch::Tensor outputs = torch::empty_like(sorted);
  std::vector<GatedMlpImpl::Rows> parts;
  for (size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    const std::int64_t expert = expert_of(order[begin]);
    while (end < order.size() && expert_of(order[end]) == expert) ++end;
    parts.push_back({experts->ptr<GatedMlpImpl>(static_cast<size_t>(expert)).get(), sorted, outputs,
                     static_cast<std::int64_t>(begin), static_cast<std::int64_t>(end - begin)});
  }
  if (shared_experts)
    parts.push_back({shared_experts.get(), x_ND, torch::empty_like(x_ND), 0, tokens});
  GatedMlpImpl::forward_together(parts);
  const torch::Tensor sum = weighted_rows(outputs, torch::tensor(back), route.weights_NK);
  return shared_experts ? sum + parts.back().out : sum;
}

void MoeImpl::join_experts() {
  const torch::NoGradGuard no_grad;
  const auto first = experts->ptr<GatedMlpImpl>(0);
  const std::int64_t inner = first->gate_proj->weight.size(0),
                     size = first->down_proj->weight.size(0);
  const auto options = first->gate_proj->weight.options().requires_grad(false);
  gate_up_EID_ = torch::empty({num_experts, 2 * inner, size}, options);
  down_EDI_ = torch::empty({num_experts, size, inner}, options);
  const auto move = [](torch::Tensor& weight, const torch::Tensor& place) {
    place.copy_(weight);
    weight.set_data(place);
  };
  for (std::int64_t i = 0; i < num_experts; ++i) {
    const auto expert = experts->ptr<GatedMlpImpl>(static_cast<size_t>(i));
    move(expert->gate_proj->weight, gate_up_EID_[i].narrow(0, 0, inner));
    move(expert->up_proj->weight, gate_up_EID_[i].narrow(0, inner, inner));
    move(expert->down_proj->weight, down_EDI_[i]);
  }
}

bool MoeImpl::is_grouped(const torch::Tensor& x_ND) const {
  if (has_adapters || !gate_up_EID_.defined() || !x_ND.is_cuda() ||
      x_ND.scalar_type() != torch::kBFloat16)
    return false;
  const auto first = experts->ptr<GatedMlpImpl>(0);
  const torch::Tensor& weight = first->gate_proj->weight;
  const bool gradient =
      torch::GradMode::is_enabled() && (x_ND.requires_grad() || weight.requires_grad());
  // The products want rows of whole 16 bytes. Weights that were moved elsewhere are not joined.
  return !gradient && weight.data_ptr() == gate_up_EID_.data_ptr() &&
         first->down_proj->weight.data_ptr() == down_EDI_.data_ptr() &&
         gate_up_EID_.size(2) % 8 == 0 && down_EDI_.size(2) % 8 == 0;
}

torch::Tensor MoeImpl::grouped(const torch::Tensor& sorted, const torch::Tensor& chosen) const {
  const torch::Tensor ends =
      torch::searchsorted(chosen, torch::arange(num_experts, chosen.options()),
                          /*out_int32=*/true, /*right=*/true);
  const auto gate_up = at::_grouped_mm(sorted, gate_up_EID_.transpose(1, 2), ends).chunk(2, -1);
  return at::_grouped_mm(torch::silu(gate_up[0]) * gate_up[1], down_EDI_.transpose(1, 2), ends);
}

torch::Tensor MoeImpl::one_by_one(const torch::Tensor& sorted, const torch::Tensor& chosen) {
  const torch::Tensor counts = torch::bincount(chosen, /*weights=*/{}, num_experts).to(torch::kCPU);
  std::vector<torch::Tensor> outputs;
  std::int64_t begin = 0;
  for (std::int64_t expert = 0; expert < num_experts; ++expert) {
    const std::int64_t rows = counts.data_ptr<std::int64_t>()[expert];
    // In training an idle expert still runs on nothing: its gradient is then zero, not missing.
    if (rows == 0 && !is_training()) continue;
    outputs.push_back(experts->ptr<GatedMlpImpl>(static_cast<size_t>(expert))
                          ->forward(sorted.narrow(0, begin, rows)));
    begin += rows;
  }
  return torch::cat(outputs);
}

torch::Tensor MoeImpl::routed(const torch::Tensor& x_ND, const RouterImpl::Result& route) {
  const std::int64_t per_token = route.experts_NK.size(1);
  // Rows are sorted by expert, so that each expert is one product over its own rows.
  const auto [chosen, order] =
      torch::sort(route.experts_NK.flatten(), /*stable=*/true, /*dim=*/0, /*descending=*/false);
  SortedRows sorted{order.div(per_token, "floor"), chosen,
                    torch::arange(order.size(0), order.options())};
  if (is_training() && x_ND.is_cpu()) sorted = filled_up(sorted.rows, sorted.experts);
  const torch::Tensor x = x_ND.index_select(0, sorted.rows);
  const torch::Tensor outputs =
      is_grouped(x_ND) ? grouped(x, sorted.experts) : one_by_one(x, sorted.experts);
  const torch::Tensor back = torch::empty_like(order).scatter_(0, order, sorted.places);
  return outputs.index_select(0, back)
      .view({x_ND.size(0), per_token, x_ND.size(1)})
      .to(torch::kFloat32)
      .mul(route.weights_NK.unsqueeze(-1))
      .sum(1)
      .to(x_ND.scalar_type());
}

MoeImpl::Result MoeImpl::balanced(const torch::Tensor& x_BTD, const RouterImpl::Result& route,
                                  const torch::Tensor& counted_BT) const {
  const std::int64_t sequences = counted_BT.size(0), tokens = counted_BT.size(1);
  const std::int64_t per_token = route.experts_NK.size(1);
  const torch::Tensor count_B1 = counted_BT.sum(1, /*keepdim=*/true);
  const torch::Tensor times =
      torch::zeros({sequences, num_experts}, counted_BT.options())
          .scatter_add_(1, route.experts_NK.view({sequences, tokens * per_token}),
                        counted_BT.repeat_interleave(per_token, 1));
  const torch::Tensor expected =
      count_B1 * (static_cast<double>(per_token) / static_cast<double>(num_experts));
  const torch::Tensor share =
      (route.probabilities_NE.view({sequences, tokens, -1}) * counted_BT.unsqueeze(2)).sum(1) /
      count_B1;
  return {x_BTD, aux_loss_alpha * (times / expected * share).sum(1).mean(), times.sum(0)};
}

}  // namespace dsocr::model
