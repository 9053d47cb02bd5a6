#include "model/decoder.h"

#include "model/kernels/small_rows.h"
#include "model/kernels/step_attention.h"
#include "model/kernels/training_rows.h"

namespace dsocr::model {
namespace {

// Half-split convention: channel j turns with channel j + C/2.
torch::Tensor rotate(const torch::Tensor& x_BHTC, const DecoderPass& pass) {
  const auto halves = x_BHTC.chunk(2, -1);
  return x_BHTC * pass.cos_BT + torch::cat({-halves[1], halves[0]}, -1) * pass.sin_BT;
}

}  // namespace

std::pair<torch::Tensor, torch::Tensor> rotary_table(const DecoderConfig& config,
                                                     const torch::Tensor& positions_BT,
                                                     torch::ScalarType dtype) {
  const std::int64_t size = config.head_size();
  const auto options = torch::dtype(torch::kFloat32).device(positions_BT.device());
  const torch::Tensor exponents = torch::arange(0, size, 2, options) / static_cast<double>(size);
  const torch::Tensor frequencies = 1.0 / torch::pow(config.rope_theta, exponents);
  torch::Tensor angles = positions_BT.to(torch::kFloat32).unsqueeze(-1) * frequencies;
  angles = torch::cat({angles, angles}, -1).unsqueeze(1);
  return {angles.cos().to(dtype), angles.sin().to(dtype)};
}

DecoderAttentionImpl::DecoderAttentionImpl(const DecoderConfig& config, std::int64_t layer_in)
    : layer(layer_in),
      num_heads(config.num_heads),
      num_kv_heads(config.num_kv_heads),
      slides(config.attention_type(layer_in) == AttentionType::kSlidingWindow) {
  const std::int64_t size = config.hidden_size;
  const std::int64_t kv_size = num_kv_heads * config.head_size();
  q_proj = register_module("q_proj", Linear(size, size, false));
  k_proj = register_module("k_proj", Linear(size, kv_size, false));
  v_proj = register_module("v_proj", Linear(size, kv_size, false));
  o_proj = register_module("o_proj", Linear(size, size, false));
}

torch::Tensor DecoderAttentionImpl::forward(const torch::Tensor& x_BTD, const DecoderPass& pass) {
  const auto heads = [](const torch::Tensor& x, std::int64_t count) {
    return x.view({x.size(0), x.size(1), count, -1}).transpose(1, 2);
  };
  auto qkv = linears(x_BTD, {q_proj, k_proj, v_proj});
  const bool in_place = x_BTD.size(1) == 1 && pass.cos_BT.size(0) == x_BTD.size(0) &&
                        is_small_rows(qkv[0]) && is_small_rows(qkv[1]);
  if (in_place) {
    rotate_rows(qkv[0], pass.cos_BT, pass.sin_BT);
    rotate_rows(qkv[1], pass.cos_BT, pass.sin_BT);
  }
  const bool at_once = !in_place && is_training_rows(qkv[0]) && is_training_rows(qkv[1]);
  if (at_once)
    for (torch::Tensor& x : {std::ref(qkv[0]), std::ref(qkv[1])})
      x = rotated(x, pass.cos_BT, pass.sin_BT);
  torch::Tensor q = heads(qkv[0], num_heads), k = heads(qkv[1], num_kv_heads);
  if (!in_place && !at_once) {
    q = rotate(q, pass);
    k = rotate(k, pass);
  }
  torch::Tensor v = heads(qkv[2], num_kv_heads);
  torch::Tensor mask = slides ? pass.sliding_mask : pass.full_mask;
  bool causal = !mask.defined();
  if (pass.cache && pass.prompt_row >= 0) {
    pass.cache->write_prompt(layer, pass.prompt_row, k, v);
  } else if (pass.cache) {
    const KvCache::View view = pass.cache->write_next(layer, k, v);
    k = view.keys_BHSC;
    v = view.values_BHSC;
    mask = view.mask_B11S;
    causal = false;
    if (is_step_attention(q, k)) return o_proj(step_attention(q, k, v, mask));
  }
  if (!pass.cache && is_short_attention(q, k)) {
    if (causal)
      mask = torch::ones({q.size(2), q.size(2)}, torch::dtype(torch::kBool))
                 .tril()
                 .view({1, 1, q.size(2), q.size(2)});
    return o_proj(join_heads(short_attention(q, k, v, mask)));
  }
  const auto optional_mask = mask.defined() ? std::optional(mask) : std::nullopt;
  return o_proj(join_heads(torch::scaled_dot_product_attention(
      q, k, v, optional_mask, 0.0, causal, std::nullopt, num_kv_heads != num_heads)));
}

DecoderLayerImpl::DecoderLayerImpl(const DecoderConfig& config, std::int64_t layer) {
  input_layernorm =
      register_module("input_layernorm", RmsNorm(config.hidden_size, config.rms_norm_eps));
  self_attn = register_module("self_attn", DecoderAttention(config, layer));
  post_attention_layernorm =
      register_module("post_attention_layernorm", RmsNorm(config.hidden_size, config.rms_norm_eps));
  if (config.is_moe(layer))
    moe = register_module("mlp", std::make_shared<MoeImpl>(config));
  else
    dense = register_module(
        "mlp", std::make_shared<GatedMlpImpl>(config.hidden_size, config.intermediate_size));
}

DecoderLayerImpl::Result DecoderLayerImpl::forward(const torch::Tensor& x_BTD,
                                                   const DecoderPass& pass, const Trace& trace) {
  const torch::Tensor attended = self_attn(input_layernorm(x_BTD), pass);
  trace("attn", attended);
  const torch::Tensor x = x_BTD + attended;
  const torch::Tensor normal = post_attention_layernorm(x);
  MoeImpl::Result inner = moe ? moe->forward(normal, trace, pass.balanced_BT)
                              : MoeImpl::Result{dense->forward(normal), {}, {}};
  trace("mlp", inner.x_BTD);
  torch::Tensor out = x + inner.x_BTD;
  trace("out", out);
  return {out, inner.aux_loss, inner.load_E};
}

}  // namespace dsocr::model
