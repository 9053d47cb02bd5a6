#include "model/config.h"

#include <algorithm>
#include <array>
#include <string>

#include "configs/error.h"

namespace dsocr::model {
namespace {

void require(bool condition, const char* field, const std::string& problem) {
  if (!condition) throw configs::ConfigError(field, problem);
}

}  // namespace

std::span<const std::pair<std::string_view, AttentionType>> enum_names(AttentionType) {
  static constexpr std::array<std::pair<std::string_view, AttentionType>, 2> kNames{
      {{"full", AttentionType::kFull}, {"sliding_window", AttentionType::kSlidingWindow}}};
  return kNames;
}

bool SamConfig::is_global(std::int64_t layer) const {
  return std::find(global_layers.begin(), global_layers.end(), layer) != global_layers.end();
}

AttentionType DecoderConfig::attention_type(std::int64_t layer) const {
  return attention.empty() ? AttentionType::kFull : attention[static_cast<size_t>(layer)];
}

void check(const ModelConfig& config) {
  const SamConfig& sam = config.sam;
  require(sam.image_size % sam.patch_size == 0, "sam.image_size", "must be whole patches");
  require(sam.hidden_size % sam.num_heads == 0, "sam.hidden_size", "must be whole heads");
  require(sam.downsample_sizes.size() == 2, "sam.downsample_sizes", "must be two numbers");
  for (const std::int64_t layer : sam.global_layers)
    require(layer < sam.num_layers, "sam.global_layers",
            "there is no block " + std::to_string(layer));
  const ClipConfig& clip = config.clip;
  require(clip.hidden_size % clip.num_heads == 0, "clip.hidden_size", "must be whole heads");
  require(
      clip.hidden_size == sam.downsample_sizes.back(), "clip.hidden_size",
      "must be the last of sam.downsample_sizes, " + std::to_string(sam.downsample_sizes.back()));
  require(clip.native_grid() > 0, "clip.image_size", "must be one patch at least");
  const DecoderConfig& decoder = config.decoder;
  require(decoder.hidden_size % decoder.num_heads == 0, "decoder.hidden_size",
          "must be whole heads");
  require(decoder.head_size() % 2 == 0, "decoder.num_heads", "a head must have an even size");
  require(decoder.num_heads % decoder.num_kv_heads == 0, "decoder.num_kv_heads",
          "must divide num_heads");
  require(decoder.num_experts_per_token <= decoder.num_experts, "decoder.num_experts_per_token",
          "must not exceed num_experts, " + std::to_string(decoder.num_experts));
  require(decoder.attention.empty() ||
              static_cast<std::int64_t>(decoder.attention.size()) == decoder.num_layers,
          "decoder.attention", "must be empty or name one type for each layer");
  const bool slides = std::find(decoder.attention.begin(), decoder.attention.end(),
                                AttentionType::kSlidingWindow) != decoder.attention.end();
  require(!slides || decoder.sliding_window > 0, "decoder.sliding_window",
          "must be positive for sliding_window layers");
  for (const auto& [field, id] : {std::pair{"image_token_id", config.image_token_id},
                                  {"bos_token_id", config.bos_token_id},
                                  {"eos_token_id", config.eos_token_id}})
    require(id < decoder.vocab_size, field,
            "must be below decoder.vocab_size, " + std::to_string(decoder.vocab_size));
}

}  // namespace dsocr::model
