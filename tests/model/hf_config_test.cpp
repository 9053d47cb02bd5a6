#include "model/weights/hf_config.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "configs/compose.h"
#include "configs/error.h"
#include "configs/json_reader.h"
#include "configs/json_writer.h"
#include "model/error.h"
#include "model/inventory.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"

namespace dsocr::model {
namespace {

using nlohmann::json;

ModelConfig preset(const std::string& name) {
  return configs::read_config<ModelConfig>(configs::compose("model/" + name, {}));
}

json as_json(const ModelConfig& config) { return configs::write_config(config); }

// The config.json of the released checkpoint, without its auto_map.
json official() {
  const json decoder = json::parse(R"({
    "bos_token_id": 0, "eos_token_id": 1, "first_k_dense_replace": 1, "hidden_size": 1280,
    "intermediate_size": 6848, "kv_lora_rank": null, "lm_head": true,
    "max_position_embeddings": 8192, "moe_intermediate_size": 896, "n_group": 1,
    "n_routed_experts": 64, "n_shared_experts": 2, "num_attention_heads": 10,
    "num_experts_per_tok": 6, "num_hidden_layers": 12, "num_key_value_heads": 10,
    "q_lora_rank": null, "qk_nope_head_dim": 0, "qk_rope_head_dim": 0, "rm_head": false,
    "topk_group": 1, "topk_method": "greedy", "torch_dtype": "bfloat16", "use_mla": false,
    "v_head_dim": 0, "vocab_size": 129280})");
  json root = json::parse(R"({
    "candidate_resolutions": [[1024, 1024]], "global_view_pos": "head", "tile_tag": "2D",
    "model_type": "deepseek_vl_v2", "transformers_version": "4.46.3",
    "projector_config": {"input_dim": 2048, "model_type": "mlp_projector", "n_embed": 1280,
                         "projector_type": "linear"},
    "vision_config": {
      "image_size": 1024, "mlp_ratio": 3.7362, "model_name": "deeplip_b_l", "model_type": "vision",
      "width": {
        "clip-l-14-224": {"heads": 16, "image_size": 224, "layers": 24, "patch_size": 14,
                          "width": 1024},
        "sam_vit_b": {"downsample_channels": [512, 1024], "global_attn_indexes": [2, 5, 8, 11],
                      "heads": 12, "layers": 12, "width": 768}}}})");
  root.update(decoder);
  root["language_config"] = decoder;
  return root;
}

class HfConfig : public testing::Test {
 protected:
  ModelConfig read(const json& content) {
    return read_hf_config(dir_.write("config.json", content.dump()));
  }
  ModelConfig round_trip(const ModelConfig& config) {
    return read(json(hf_config(config, "float32")));
  }
  // The message behind the file's name.
  std::string refusal(const std::string& content) {
    const auto file = dir_.write("config.json", content);
    const std::string message = test::thrown_message([&] { read_hf_config(file); });
    EXPECT_TRUE(message.starts_with(file.string() + ": ")) << message;
    EXPECT_THROW(read_hf_config(file), WeightsError);
    return message.substr(std::min(message.size(), file.string().size() + 2));
  }
  // What is said when `pointer` of the official file holds this value.
  std::string refusal_of(const std::string& pointer, const json& value) {
    json content = official();
    content[json::json_pointer(pointer)] = value;
    return refusal(content.dump());
  }
  test::TempDir dir_;
};

TEST_F(HfConfig, ReadsTheReleasedOne) {
  EXPECT_EQ(as_json(read(official())), as_json(preset("full")));
  EXPECT_EQ(as_json(read(json::object())), as_json(ModelConfig())) << "absent keys have defaults";
}

TEST_F(HfConfig, TheReleasedModelHasItsPublishedSize) {
  const DeepseekOcr network(read(official()));  // no memory is taken for the weights
  const Inventory inventory = take_inventory(*network);
  EXPECT_EQ(inventory.total.parameters, 3'336'106'240);
  EXPECT_EQ(inventory.total.active, 574'127'360);
  const std::vector<std::pair<std::string, std::int64_t>> parts{{"SAM", 89'670'912},
                                                                {"compressor", 5'898'240},
                                                                {"CLIP", 303'177'728},
                                                                {"projector", 2'622'720},
                                                                {"newline and separator", 2'560},
                                                                {"embedding", 165'478'400},
                                                                {"attention", 78'643'200},
                                                                {"dense feed-forward", 26'296'320},
                                                                {"routers", 901'120},
                                                                {"routed experts", 2'422'210'560},
                                                                {"shared experts", 75'694'080},
                                                                {"norms", 32'000},
                                                                {"head", 165'478'400}};
  ASSERT_EQ(inventory.parts.size(), parts.size());
  for (size_t i = 0; i < parts.size(); ++i) {
    EXPECT_EQ(inventory.parts[i].first, parts[i].first);
    EXPECT_EQ(inventory.parts[i].second.parameters, parts[i].second) << parts[i].first;
  }
}

TEST_F(HfConfig, ReadsDecoderKeysUnderLanguageConfigOnly) {
  json content = official();
  for (const auto& [key, value] : content["language_config"].items()) content.erase(key);
  content["language_config"]["hidden_size"] = 640;
  content["language_config"]["num_experts_per_tok"] = 5;
  content["projector_config"]["n_embed"] = 640;
  const ModelConfig config = read(content);
  EXPECT_EQ(config.decoder.hidden_size, 640);
  EXPECT_EQ(config.decoder.num_experts_per_token, 5);
  content["num_experts_per_tok"] = 4;
  EXPECT_EQ(read(content).decoder.num_experts_per_token, 4) << "the top level comes first";
}

TEST_F(HfConfig, AbsentSizesFollowThoseBesideThem) {
  json content = official();
  content["num_attention_heads"] = 20;
  content.erase("num_key_value_heads");
  content["language_config"].erase("num_key_value_heads");
  json& width = content["vision_config"]["width"];
  width["sam_vit_b"]["width"] = 384;
  width["sam_vit_b"]["downsample_channels"] = {256, 512};
  width["clip-l-14-224"]["width"] = 512;
  content["projector_config"]["input_dim"] = 1024;
  const ModelConfig config = read(content);
  EXPECT_EQ(config.decoder.num_kv_heads, 20);
  EXPECT_EQ(config.sam.intermediate_size, 4 * 384);
  EXPECT_EQ(config.clip.intermediate_size, 4 * 512);
}

TEST_F(HfConfig, WritesWhatItReads) {
  ModelConfig sliding = preset("tiny");
  sliding.decoder.sliding_window = 77;
  sliding.decoder.attention = {AttentionType::kSlidingWindow, AttentionType::kFull,
                               AttentionType::kSlidingWindow};
  ModelConfig other = preset("tiny");  // nothing as by default
  other.sam.patch_size = 8;
  other.sam.layer_norm_eps = 1e-4;
  other.sam.intermediate_size = 100;
  other.clip.patch_size = 7;
  other.clip.layer_norm_eps = 1e-3;
  other.decoder.num_kv_heads = 2;
  other.decoder.num_dense_layers = 2;
  other.decoder.num_shared_experts = 0;
  other.decoder.norm_topk_prob = true;
  other.decoder.routed_scaling_factor = 1.5;
  other.decoder.aux_loss_alpha = 0.01;
  other.decoder.rms_norm_eps = 1e-5;
  other.decoder.rope_theta = 5e5;
  other.decoder.max_positions = 99;
  other.image_token_id = 12;
  other.bos_token_id = 3;
  other.eos_token_id = 4;
  for (const ModelConfig& config : {preset("full"), preset("tiny"), sliding, other})
    EXPECT_EQ(as_json(round_trip(config)), as_json(config));
  EXPECT_EQ(hf_config(other, "bfloat16").at("torch_dtype"), "bfloat16");
}

TEST_F(HfConfig, AWindowWithoutLayerTypesIsForEveryLayer) {
  json content = official();
  content["language_config"]["sliding_window"] = 128;
  const ModelConfig config = read(content);
  EXPECT_EQ(config.decoder.sliding_window, 128);
  EXPECT_EQ(config.decoder.attention,
            std::vector<AttentionType>(12, AttentionType::kSlidingWindow));
  content["language_config"]["sliding_window"] = nullptr;
  EXPECT_TRUE(read(content).decoder.attention.empty());
  content["language_config"]["sliding_window"] = 0;
  EXPECT_TRUE(read(content).decoder.attention.empty());
}

TEST_F(HfConfig, RefusesWhatTheNetworkDoesNotHave) {
  const std::vector<std::pair<std::string, std::string>> refused{
      {"use_mla", "true"},
      {"attention_bias", "true"},
      {"tie_word_embeddings", "true"},
      {"moe_layer_freq", "2"},
      {"topk_method", "\"group_limited_greedy\""},
      {"scoring_func", "\"sigmoid\""},
      {"n_group", "8"},
      {"topk_group", "3"},
      {"hidden_act", "\"gelu\""},
      {"seq_aux", "false"}};
  for (const auto& [key, value] : refused) {
    const std::string expected = key + " is " + value + "; this network has only ";
    for (const char* place : {"/", "/language_config/"}) {
      json content = official();
      content.erase(key);
      content["language_config"].erase(key);
      content[json::json_pointer(place + key)] = json::parse(value);
      EXPECT_TRUE(refusal(content.dump()).starts_with(expected)) << place << key;
    }
  }
  EXPECT_EQ(refusal_of("/rope_scaling", {{"type", "yarn"}}),
            "rope_scaling is set; this network has none");
  EXPECT_EQ(refusal_of("/projector_config/projector_type", "mlp_gelu"),
            "projector_type is \"mlp_gelu\"; this network has only \"linear\"");
  EXPECT_EQ(refusal_of("/projector_config/input_dim", 1024),
            "input_dim is 1024; this network has only 2048");
  EXPECT_EQ(refusal_of("/projector_config/n_embed", 1024),
            "n_embed is 1024; this network has only 1280");
  EXPECT_EQ(
      refusal_of("/layer_types", {"full_attention", "chunked"}),
      "layer_types has \"chunked\"; known are full_attention and reference_sliding_attention");
}

TEST_F(HfConfig, RefusesWrongTypes) {
  EXPECT_EQ(refusal_of("/hidden_size", "1280"), "hidden_size must be a whole number, not \"1280\"");
  EXPECT_EQ(refusal_of("/hidden_size", 1280.5), "hidden_size must be a whole number, not 1280.5");
  EXPECT_EQ(refusal_of("/hidden_size", true), "hidden_size must be a whole number, not true");
  EXPECT_EQ(refusal_of("/vocab_size", -5), "vocab_size must be a whole number, not -5");
  EXPECT_EQ(refusal_of("/vocab_size", 1e10),
            "vocab_size must be a whole number, not 10000000000.0");
  EXPECT_EQ(refusal_of("/rms_norm_eps", "1e-6"), "rms_norm_eps must be a number, not \"1e-6\"");
  EXPECT_EQ(refusal_of("/norm_topk_prob", 1), "norm_topk_prob must be true or false, not 1");
  EXPECT_EQ(refusal_of("/layer_types", "full_attention"), "layer_types must be a list of names");
  const std::string sam = "/vision_config/width/sam_vit_b/";
  EXPECT_EQ(refusal_of(sam + "global_attn_indexes", 3),
            "global_attn_indexes must be a list of whole numbers, not 3");
  EXPECT_EQ(refusal_of(sam + "global_attn_indexes", {1, "2"}),
            "global_attn_indexes must be a list of whole numbers");
  for (const char* part : {"language_config", "vision_config", "projector_config"})
    EXPECT_EQ(refusal_of(std::string("/") + part, 5), std::string(part) + " must be an object");
  EXPECT_EQ(refusal_of("/vision_config/width", 5), "width must be an object");
  EXPECT_EQ(refusal_of("/vision_config/width/sam_vit_b", json::array()),
            "sam_vit_b must be an object");
}

// Zero would divide by zero further on.
TEST_F(HfConfig, RefusesSizesOutOfRange) {
  for (const auto& [key, field] : std::vector<std::pair<std::string, std::string>>{
           {"hidden_size", "decoder.hidden_size"},
           {"num_attention_heads", "decoder.num_heads"},
           {"num_key_value_heads", "decoder.num_kv_heads"},
           {"num_hidden_layers", "decoder.num_layers"},
           {"num_experts_per_tok", "decoder.num_experts_per_token"},
           {"n_routed_experts", "decoder.num_experts"},
           {"moe_intermediate_size", "decoder.expert_size"},
           {"intermediate_size", "decoder.intermediate_size"},
           {"vocab_size", "decoder.vocab_size"},
           {"max_position_embeddings", "decoder.max_positions"},
           {"rms_norm_eps", "decoder.rms_norm_eps"},
           {"rope_theta", "decoder.rope_theta"},
           {"vision_config/image_size", "sam.image_size"},
           {"vision_config/width/sam_vit_b/patch_size", "sam.patch_size"},
           {"vision_config/width/sam_vit_b/heads", "sam.num_heads"},
           {"vision_config/width/sam_vit_b/width", "sam.hidden_size"},
           {"vision_config/width/sam_vit_b/window_size", "sam.window_size"},
           {"vision_config/width/clip-l-14-224/patch_size", "clip.patch_size"},
           {"vision_config/width/clip-l-14-224/heads", "clip.num_heads"}}) {
    const std::string reason = refusal_of("/" + key, 0);
    EXPECT_TRUE(reason.starts_with("config: " + field + ": must be >")) << reason;
  }
  const std::string sam = "/vision_config/width/sam_vit_b/";
  EXPECT_TRUE(refusal_of(sam + "global_attn_indexes", {-1})
                  .starts_with("config: sam.global_layers[0]: must be >= 0"));
  EXPECT_TRUE(refusal_of(sam + "downsample_channels", json::array())
                  .starts_with("config: sam.downsample_sizes: length must be >= 2"));
  EXPECT_TRUE(refusal_of("/aux_loss_alpha", -1)
                  .starts_with("config: decoder.aux_loss_alpha: must be >= 0"));
}

TEST_F(HfConfig, RefusesSizesThatDoNotFitEachOther) {
  EXPECT_EQ(refusal_of("/num_attention_heads", 11),
            "config: decoder.hidden_size: must be whole heads");
  EXPECT_EQ(refusal_of("/num_key_value_heads", 3),
            "config: decoder.num_kv_heads: must divide num_heads");
  EXPECT_EQ(refusal_of("/num_experts_per_tok", 65),
            "config: decoder.num_experts_per_token: must not exceed num_experts, 64");
  EXPECT_EQ(refusal_of("/vision_config/width/sam_vit_b/global_attn_indexes", {12}),
            "config: sam.global_layers: there is no block 12");
  EXPECT_EQ(refusal_of("/layer_types", {"full_attention"}),
            "config: decoder.attention: must be empty or name one type for each layer");
  EXPECT_EQ(refusal_of("/layer_types", std::vector<std::string>(12, "reference_sliding_attention")),
            "config: decoder.sliding_window: must be positive for sliding_window layers");
  EXPECT_EQ(refusal_of("/eos_token_id", 129280),
            "config: eos_token_id: must be below decoder.vocab_size, 129280");
}

TEST_F(HfConfig, RefusesFilesThatAreNoObject) {
  EXPECT_EQ(refusal("[1]"), "is not a JSON object");
  EXPECT_EQ(refusal("{"), "is not a JSON object");
  const auto missing = dir_.path() / "none.json";
  EXPECT_EQ(test::thrown_message([&] { read_hf_config(missing); }),
            missing.string() + ": cannot open");
}

}  // namespace
}  // namespace dsocr::model
