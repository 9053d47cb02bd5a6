#pragma once

#include <torch/torch.h>

#include <vector>

#include "model/config.h"
#include "model/kv_cache.h"
#include "model/layers.h"
#include "model/moe.h"
#include "model/trace.h"

// B sequences, T tokens, D hidden size, H heads, C head size, V vocabulary.
namespace dsocr::model {

/// What the layers share in one pass.
struct DecoderPass {
  torch::Tensor cos_BT, sin_BT;  // [B or 1, 1, T, C], in the activations' dtype
  torch::Tensor full_mask;       // bool [B, 1, T, T]; undefined: causal
  torch::Tensor sliding_mask;    // the same for layers with a sliding window
  torch::Tensor balanced_BT;     // bool, tokens that the experts' balance counts; undefined: all
  KvCache* cache = nullptr;      // with `prompt_row`: stores that row's prompt, else the next token
  std::int64_t prompt_row = -1;
};

/// Multi-head attention with rotary positions.
struct DecoderAttentionImpl : torch::nn::Module {
  DecoderAttentionImpl(const DecoderConfig& config, std::int64_t layer);
  torch::Tensor forward(const torch::Tensor& x_BTD, const DecoderPass& pass);

  Linear q_proj{nullptr}, k_proj{nullptr}, v_proj{nullptr}, o_proj{nullptr};
  std::int64_t layer, num_heads, num_kv_heads;
  bool slides;
};
TORCH_MODULE(DecoderAttention);

/// x + attention, then x + dense feed-forward part or experts.
struct DecoderLayerImpl : torch::nn::Module {
  DecoderLayerImpl(const DecoderConfig& config, std::int64_t layer);

  struct Result {
    torch::Tensor x_BTD;
    torch::Tensor aux_loss, load_E;  // see MoeImpl; undefined in a dense layer, outside training
  };
  Result forward(const torch::Tensor& x_BTD, const DecoderPass& pass, const Trace& trace);

  RmsNorm input_layernorm{nullptr}, post_attention_layernorm{nullptr};
  DecoderAttention self_attn{nullptr};
  std::shared_ptr<GatedMlpImpl> dense;  // one of the two is the child "mlp"
  std::shared_ptr<MoeImpl> moe;
};
TORCH_MODULE(DecoderLayer);

/// cos and sin of the rotary angles of `positions` [B, T]: [B, 1, T, C] each, computed in float32.
std::pair<torch::Tensor, torch::Tensor> rotary_table(const DecoderConfig& config,
                                                     const torch::Tensor& positions_BT,
                                                     torch::ScalarType dtype);

}  // namespace dsocr::model
