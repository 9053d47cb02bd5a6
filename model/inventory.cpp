#include "model/inventory.h"

#include <array>

namespace dsocr::model {
namespace {

struct Part {
  const char* name;
  const char* within;  // of the parameters' names
};

// The first that fits.
constexpr std::array kParts{
    Part{"adapters", ".lora_"},
    Part{"glyph heads", "glyph_heads."},
    Part{"compressor", "model.sam_model.net_"},
    Part{"SAM", "model.sam_model."},
    Part{"CLIP", "model.vision_model."},
    Part{"projector", "model.projector."},
    Part{"newline and separator", "model.image_newline"},
    Part{"newline and separator", "model.view_seperator"},
    Part{"embedding", "model.embed_tokens."},
    Part{"routed experts", ".mlp.experts."},
    Part{"shared experts", ".mlp.shared_experts."},
    Part{"routers", ".mlp.gate.weight"},
    Part{"dense feed-forward", ".mlp."},
    Part{"attention", ".self_attn."},
    Part{"norms", "norm"},
    Part{"head", "lm_head."},
};

constexpr std::array kOrder{"SAM",
                            "compressor",
                            "CLIP",
                            "projector",
                            "newline and separator",
                            "embedding",
                            "attention",
                            "dense feed-forward",
                            "routers",
                            "routed experts",
                            "shared experts",
                            "norms",
                            "head",
                            "adapters"};

}  // namespace

std::string part_of(const std::string& parameter) {
  for (const Part& part : kParts)
    if (parameter.find(part.within) != std::string::npos) return part.name;
  return "other";
}

Inventory take_inventory(const DeepseekOcrImpl& model) {
  Inventory inventory;
  for (const char* name : kOrder) inventory.parts.push_back({name, {}});
  const DecoderConfig& decoder = model.config.decoder;
  for (const auto& item : model.named_parameters()) {
    const std::string part = part_of(item.key());
    for (auto& [name, size] : inventory.parts) {
      if (name != part) continue;
      const std::int64_t count = item.value().numel();
      // A token passes one row of the embedding, and the vision part belongs to pages.
      const bool decodes =
          item.key().find("model.layers.") == 0 || part == "head" || part == "norms";
      const std::int64_t active = part == "routed experts"
                                      ? count * decoder.num_experts_per_token / decoder.num_experts
                                  : decodes ? count
                                            : 0;
      for (PartSize* into : {&size, &inventory.total}) {
        into->parameters += count;
        into->active += active;
        into->bytes += count * static_cast<std::int64_t>(item.value().element_size());
      }
    }
  }
  if (!model.lora) inventory.parts.pop_back();  // adapters
  return inventory;
}

}  // namespace dsocr::model
