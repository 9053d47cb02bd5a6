#include "model/weights/hf_config.h"

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "configs/error.h"
#include "configs/json_reader.h"
#include "configs/json_writer.h"
#include "model/error.h"

namespace dsocr::model {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr const char* kFull = "full_attention";
constexpr const char* kSliding = "reference_sliding_attention";

/// Some objects of a config.json, searched in order; errors name file and key.
class Keys {
 public:
  Keys(std::filesystem::path file, std::vector<const json*> objects)
      : file_(std::move(file)), objects_(std::move(objects)) {}

  /// Null and absent are the same.
  const json* find(const char* key) const {
    for (const json* object : objects_) {
      if (!object->is_object()) continue;
      const auto it = object->find(key);
      if (it != object->end() && !it->is_null()) return &*it;
    }
    return nullptr;
  }

  void read(const char* key, std::int64_t& value) const {
    const json* found = find(key);
    if (!found) return;
    if (!found->is_number_integer() || *found < 0 || *found > 1'000'000'000)
      fail(key, "must be a whole number, not " + found->dump());
    value = found->get<std::int64_t>();
  }

  void read(const char* key, double& value) const {
    const json* found = find(key);
    if (!found) return;
    if (!found->is_number()) fail(key, "must be a number, not " + found->dump());
    value = found->get<double>();
  }

  void read(const char* key, bool& value) const {
    const json* found = find(key);
    if (!found) return;
    if (!found->is_boolean()) fail(key, "must be true or false, not " + found->dump());
    value = found->get<bool>();
  }

  void read(const char* key, std::vector<std::int64_t>& value) const {
    const json* found = find(key);
    if (!found) return;
    if (!found->is_array()) fail(key, "must be a list of whole numbers, not " + found->dump());
    value.clear();
    for (const json& item : *found) {
      if (!item.is_number_integer()) fail(key, "must be a list of whole numbers");
      value.push_back(item.get<std::int64_t>());
    }
  }

  /// The key, where it is there, must have this value.
  void require(const char* key, const json& value) const {
    const json* found = find(key);
    if (found && *found != value)
      fail(key, "is " + found->dump() + "; this network has only " + value.dump());
  }

  Keys inner(const char* key) const {
    const json* found = find(key);
    if (found && !found->is_object()) fail(key, "must be an object");
    return {file_, found ? std::vector<const json*>{found} : std::vector<const json*>{}};
  }

  [[noreturn]] void fail(const char* key, const std::string& problem) const {
    throw WeightsError(file_, std::string(key) + " " + problem);
  }

 private:
  std::filesystem::path file_;
  std::vector<const json*> objects_;
};

void read_sam(const Keys& vision, SamConfig& sam) {
  vision.read("image_size", sam.image_size);
  const Keys keys = vision.inner("width").inner("sam_vit_b");
  keys.read("patch_size", sam.patch_size);
  keys.read("width", sam.hidden_size);
  keys.read("layers", sam.num_layers);
  keys.read("heads", sam.num_heads);
  keys.read("window_size", sam.window_size);
  keys.read("global_attn_indexes", sam.global_layers);
  keys.read("out_chans", sam.neck_size);
  keys.read("downsample_channels", sam.downsample_sizes);
  keys.read("layer_norm_eps", sam.layer_norm_eps);
  double ratio = 4;
  keys.read("mlp_ratio", ratio);
  sam.intermediate_size = std::lround(static_cast<double>(sam.hidden_size) * ratio);
}

void read_clip(const Keys& vision, ClipConfig& clip) {
  const Keys keys = vision.inner("width").inner("clip-l-14-224");
  keys.read("image_size", clip.image_size);
  keys.read("patch_size", clip.patch_size);
  keys.read("width", clip.hidden_size);
  keys.read("layers", clip.num_layers);
  keys.read("heads", clip.num_heads);
  clip.intermediate_size = 4 * clip.hidden_size;
  keys.read("ffn_hidden_size", clip.intermediate_size);
  keys.read("layer_norm_eps", clip.layer_norm_eps);
}

// Without layer_types, a window means every layer, as in the checkpoint of Unlimited-OCR.
void read_attention(const Keys& keys, DecoderConfig& decoder) {
  keys.read("sliding_window", decoder.sliding_window);
  const json* types = keys.find("layer_types");
  if (!types) {
    if (decoder.sliding_window > 0)
      decoder.attention.assign(static_cast<size_t>(decoder.num_layers),
                               AttentionType::kSlidingWindow);
    return;
  }
  if (!types->is_array()) keys.fail("layer_types", "must be a list of names");
  for (const json& type : *types) {
    if (type == kFull)
      decoder.attention.push_back(AttentionType::kFull);
    else if (type == kSliding)
      decoder.attention.push_back(AttentionType::kSlidingWindow);
    else
      keys.fail("layer_types", "has " + type.dump() + "; known are " + kFull + " and " + kSliding);
  }
}

void read_decoder(const Keys& keys, DecoderConfig& decoder) {
  keys.read("vocab_size", decoder.vocab_size);
  keys.read("hidden_size", decoder.hidden_size);
  keys.read("num_hidden_layers", decoder.num_layers);
  keys.read("num_attention_heads", decoder.num_heads);
  decoder.num_kv_heads = decoder.num_heads;
  keys.read("num_key_value_heads", decoder.num_kv_heads);
  keys.read("intermediate_size", decoder.intermediate_size);
  keys.read("first_k_dense_replace", decoder.num_dense_layers);
  keys.read("n_routed_experts", decoder.num_experts);
  keys.read("n_shared_experts", decoder.num_shared_experts);
  keys.read("num_experts_per_tok", decoder.num_experts_per_token);
  keys.read("moe_intermediate_size", decoder.expert_size);
  keys.read("norm_topk_prob", decoder.norm_topk_prob);
  keys.read("routed_scaling_factor", decoder.routed_scaling_factor);
  keys.read("aux_loss_alpha", decoder.aux_loss_alpha);
  keys.read("rms_norm_eps", decoder.rms_norm_eps);
  keys.read("rope_theta", decoder.rope_theta);
  keys.read("max_position_embeddings", decoder.max_positions);
  read_attention(keys, decoder);
  for (const auto& [key, value] :
       std::initializer_list<std::pair<const char*, json>>{{"use_mla", false},
                                                           {"attention_bias", false},
                                                           {"tie_word_embeddings", false},
                                                           {"moe_layer_freq", 1},
                                                           {"topk_method", "greedy"},
                                                           {"scoring_func", "softmax"},
                                                           {"n_group", 1},
                                                           {"topk_group", 1},
                                                           {"hidden_act", "silu"},
                                                           {"seq_aux", true}})
    keys.require(key, value);
  if (keys.find("rope_scaling")) keys.fail("rope_scaling", "is set; this network has none");
}

}  // namespace

ModelConfig read_hf_config(const std::filesystem::path& config_json) {
  std::ifstream in(config_json);
  if (!in) throw WeightsError(config_json, "cannot open");
  const json root = json::parse(in, nullptr, /*allow_exceptions=*/false);
  if (!root.is_object()) throw WeightsError(config_json, "is not a JSON object");
  const json empty = json::object();
  const auto member = [&](const char* key) -> const json& {
    const auto it = root.find(key);
    if (it == root.end() || it->is_null()) return empty;
    if (!it->is_object()) throw WeightsError(config_json, std::string(key) + " must be an object");
    return *it;
  };
  ModelConfig config;
  const Keys top(config_json, {&root, &member("language_config")});
  const Keys vision(config_json, {&member("vision_config")});
  read_sam(vision, config.sam);
  read_clip(vision, config.clip);
  read_decoder(top, config.decoder);
  top.read("bos_token_id", config.bos_token_id);
  top.read("eos_token_id", config.eos_token_id);
  Keys(config_json, {&root, &member("golden")}).read("image_token_id", config.image_token_id);
  try {
    // Ranges first: check() divides by sizes.
    check(configs::read_config<ModelConfig>(json(configs::write_config(config))));
  } catch (const configs::ConfigError& error) {
    throw WeightsError(config_json, error.what());
  }
  const Keys projector(config_json, {&member("projector_config")});
  projector.require("projector_type", "linear");
  projector.require("input_dim", config.clip.hidden_size + config.sam.downsample_sizes.back());
  projector.require("n_embed", config.decoder.hidden_size);
  return config;
}

ordered_json hf_config(const ModelConfig& config, const std::string& torch_dtype) {
  const DecoderConfig& decoder = config.decoder;
  ordered_json language{{"vocab_size", decoder.vocab_size},
                        {"hidden_size", decoder.hidden_size},
                        {"num_hidden_layers", decoder.num_layers},
                        {"num_attention_heads", decoder.num_heads},
                        {"num_key_value_heads", decoder.num_kv_heads},
                        {"intermediate_size", decoder.intermediate_size},
                        {"first_k_dense_replace", decoder.num_dense_layers},
                        {"moe_layer_freq", 1},
                        {"n_routed_experts", decoder.num_experts},
                        {"n_shared_experts", decoder.num_shared_experts},
                        {"num_experts_per_tok", decoder.num_experts_per_token},
                        {"moe_intermediate_size", decoder.expert_size},
                        {"n_group", 1},
                        {"topk_group", 1},
                        {"topk_method", "greedy"},
                        {"scoring_func", "softmax"},
                        {"norm_topk_prob", decoder.norm_topk_prob},
                        {"routed_scaling_factor", decoder.routed_scaling_factor},
                        {"aux_loss_alpha", decoder.aux_loss_alpha},
                        {"seq_aux", true},
                        {"hidden_act", "silu"},
                        {"rms_norm_eps", decoder.rms_norm_eps},
                        {"rope_theta", decoder.rope_theta},
                        {"rope_scaling", nullptr},
                        {"max_position_embeddings", decoder.max_positions},
                        {"use_mla", false},
                        {"attention_bias", false},
                        {"tie_word_embeddings", false},
                        {"bos_token_id", config.bos_token_id},
                        {"eos_token_id", config.eos_token_id},
                        {"torch_dtype", torch_dtype}};
  if (decoder.sliding_window > 0) {
    language["sliding_window"] = decoder.sliding_window;
    for (std::int64_t layer = 0; layer < decoder.num_layers; ++layer)
      language["layer_types"].push_back(
          decoder.attention_type(layer) == AttentionType::kFull ? kFull : kSliding);
  }
  const SamConfig& sam = config.sam;
  const ClipConfig& clip = config.clip;
  ordered_json root{{"architectures", {"DeepseekOCRForCausalLM"}},
                    {"model_type", "deepseek_vl_v2"},
                    {"image_token_id", config.image_token_id}};
  root.update(language);
  root["language_config"] = language;
  root["projector_config"] = {{"model_type", "mlp_projector"},
                              {"projector_type", "linear"},
                              {"input_dim", clip.hidden_size + sam.downsample_sizes.back()},
                              {"n_embed", decoder.hidden_size}};
  root["vision_config"] = {{"image_size", sam.image_size},
                           {"model_type", "vision"},
                           {"model_name", "deeplip_b_l"},
                           {"width",
                            {{"clip-l-14-224",
                              {{"heads", clip.num_heads},
                               {"image_size", clip.image_size},
                               {"layers", clip.num_layers},
                               {"patch_size", clip.patch_size},
                               {"width", clip.hidden_size},
                               {"ffn_hidden_size", clip.intermediate_size},
                               {"layer_norm_eps", clip.layer_norm_eps}}},
                             {"sam_vit_b",
                              {{"downsample_channels", sam.downsample_sizes},
                               {"global_attn_indexes", sam.global_layers},
                               {"heads", sam.num_heads},
                               {"layers", sam.num_layers},
                               {"width", sam.hidden_size},
                               {"window_size", sam.window_size},
                               {"out_chans", sam.neck_size},
                               {"patch_size", sam.patch_size},
                               {"mlp_ratio", static_cast<double>(sam.intermediate_size) /
                                                 static_cast<double>(sam.hidden_size)},
                               {"layer_norm_eps", sam.layer_norm_eps}}}}}};
  return root;
}

}  // namespace dsocr::model
