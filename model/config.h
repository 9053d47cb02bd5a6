#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/vision_config.h"

namespace dsocr::model {

/// What a decoder layer attends to. kSlidingWindow is the one of Unlimited-OCR: the whole prompt
/// with its image tokens, and the last `sliding_window` tokens of the output.
enum class AttentionType { kFull, kSlidingWindow };

/// Names as written in configs: full, sliding_window.
std::span<const std::pair<std::string_view, AttentionType>> enum_names(AttentionType);

/// Mixture-of-experts decoder (spec: model, section 7).
struct DecoderConfig {
  std::int64_t vocab_size = 129280;
  std::int64_t hidden_size = 1280;
  std::int64_t num_layers = 12;
  std::int64_t num_heads = 10;
  std::int64_t num_kv_heads = 10;
  std::int64_t intermediate_size = 6848;
  std::int64_t num_dense_layers = 1;
  std::int64_t num_experts = 64;
  std::int64_t num_shared_experts = 2;
  std::int64_t num_experts_per_token = 6;
  std::int64_t expert_size = 896;
  bool norm_topk_prob = false;
  double routed_scaling_factor = 1.0;
  double aux_loss_alpha = 0.001;
  double rms_norm_eps = 1e-6;
  double rope_theta = 10000.0;
  std::int64_t max_positions = 8192;
  std::int64_t sliding_window = 0;
  std::vector<AttentionType> attention = {};

  std::int64_t head_size() const { return hidden_size / num_heads; }
  bool is_moe(std::int64_t layer) const { return layer >= num_dense_layers; }
  AttentionType attention_type(std::int64_t layer) const;

  template <class V>
  void fields(V& v) {
    v("vocab_size", vocab_size, "rows of the embedding and of the head", {.min = 2});
    v("hidden_size", hidden_size, "channels", {.min = 2});
    v("num_layers", num_layers, "layers", {.min = 1});
    v("num_heads", num_heads, "attention heads", {.min = 1});
    v("num_kv_heads", num_kv_heads, "heads of keys and values", {.min = 1});
    v("intermediate_size", intermediate_size, "channels inside a dense feed-forward part",
      {.min = 1});
    v("num_dense_layers", num_dense_layers, "first layers without experts", {.min = 0});
    v("num_experts", num_experts, "routed experts of a layer", {.min = 1});
    v("num_shared_experts", num_shared_experts, "experts that every token passes", {.min = 0});
    v("num_experts_per_token", num_experts_per_token, "routed experts that a token passes",
      {.min = 1});
    v("expert_size", expert_size, "channels inside an expert", {.min = 1});
    v("norm_topk_prob", norm_topk_prob, "make the weights of a token's experts sum to 1");
    v("routed_scaling_factor", routed_scaling_factor, "factor on the weights of routed experts");
    v("aux_loss_alpha", aux_loss_alpha, "weight of the balancing loss", {.min = 0});
    v("rms_norm_eps", rms_norm_eps, "epsilon of every RMS norm", {.above = 0});
    v("rope_theta", rope_theta, "base of the rotary angles", {.above = 0});
    v("max_positions", max_positions, "tokens of a sequence, prompt and output", {.min = 1});
    v("sliding_window", sliding_window,
      "output tokens that a sliding_window layer sees; 0: no such layer", {.min = 0});
    v("attention", attention, "attention of each layer; empty: full everywhere");
  }
};

/// Low-rank adapters (Hu et al., arXiv 2106.09685; spec: model, section 9.3).
struct LoraConfig {
  std::int64_t rank = 0;
  double alpha = 16;
  double dropout = 0;
  std::vector<std::string> targets = {"q_proj",    "k_proj",  "v_proj",   "o_proj",
                                      "gate_proj", "up_proj", "down_proj"};

  template <class V>
  void fields(V& v) {
    v("rank", rank, "of the adapters; 0: none, the weights themselves are trained", {.min = 0});
    v("alpha", alpha, "the adapters' share is alpha / rank", {.above = 0});
    v("dropout", dropout, "share of an adapter's inputs that a step leaves out",
      {.min = 0, .below = 1});
    v("targets", targets,
      "linear layers that get one: last parts of their names, or whole names with * and ?",
      {.min_items = 1});
  }
};

/// DeepSeek-OCR: DeepEncoder, projector and decoder. The defaults are the released model's.
struct ModelConfig {
  SamConfig sam;
  ClipConfig clip;
  DecoderConfig decoder;
  std::int64_t image_token_id = 128815;
  std::int64_t bos_token_id = 0;
  std::int64_t eos_token_id = 1;

  template <class V>
  void fields(V& v) {
    v("sam", sam, "SAM encoder and compressor");
    v("clip", clip, "CLIP encoder");
    v("decoder", decoder, "language model");
    v("image_token_id", image_token_id, "placeholder of a vision token in a prompt", {.min = 0});
    v("bos_token_id", bos_token_id, "first id of every prompt", {.min = 0});
    v("eos_token_id", eos_token_id, "id that ends an answer", {.min = 0});
  }
};

/// Throws configs::ConfigError naming the field when sizes do not fit each other.
void check(const ModelConfig& config);

}  // namespace dsocr::model
