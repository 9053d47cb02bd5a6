#include "train/glyph_heads.h"

#include <cmath>
#include <numbers>

#include "configs/seed.h"
#include "model/error.h"
#include "model/weights/safetensors.h"

namespace dsocr::train {
namespace {

// Waves of a coordinate: the shortest is a quarter of a cell, about a glyph of a vision token.
constexpr std::int64_t kWaves = 8;
constexpr std::int64_t kPlaceSize = 1 + 4 * kWaves;  // sine and cosine of x and of y
constexpr const char* kFile = "glyph_heads.safetensors";

std::vector<std::string> characters_of(const std::string& utf8) {
  std::vector<std::string> characters;
  for (const char byte : utf8) {
    const bool continues = (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
    if (!continues || characters.empty()) characters.emplace_back();
    characters.back() += byte;
  }
  return characters;
}

torch::Tensor waves(const torch::Tensor& places_N2) {
  const torch::Tensor frequencies =
      torch::arange(1, kWaves + 1, places_N2.options()) * std::numbers::pi;
  const torch::Tensor angles = (places_N2.unsqueeze(-1) * frequencies).flatten(1);
  return torch::cat(
      {torch::ones({places_N2.size(0), 1}, places_N2.options()), angles.sin(), angles.cos()}, 1);
}

// Features [B, G, G, C] at the cells of the glyphs, read at their places.
GlyphHeadsImpl::Reading read_grid(PlaceReader& reader, const torch::Tensor& grid_BGGC,
                                  const torch::Tensor& rows_N, const torch::Tensor& centres_N2,
                                  const torch::Tensor& classes_N) {
  const std::int64_t side = grid_BGGC.size(1);
  const torch::Tensor at_N2 = centres_N2 * side;
  const torch::Tensor cells_N2 = at_N2.floor().clamp(0, static_cast<double>(side - 1));
  const torch::Tensor cells = cells_N2.to(torch::kInt64);
  const torch::Tensor features = grid_BGGC.index({rows_N, cells.select(1, 1), cells.select(1, 0)});
  const torch::Tensor logits =
      reader(features, (at_N2 - cells_N2).to(features.scalar_type())).to(torch::kFloat32);
  return {torch::cross_entropy_loss(logits, classes_N, {}, at::Reduction::Sum),
          (logits.detach().argmax(1) == classes_N).sum().item<std::int64_t>()};
}

}  // namespace

PlaceReaderImpl::PlaceReaderImpl(std::int64_t features, std::int64_t hidden, std::int64_t classes) {
  norm = register_module("norm", model::LayerNorm(features, 1e-6));
  of_features = register_module("of_features", model::Linear(features, hidden, true));
  of_place = register_module("of_place", model::Linear(kPlaceSize, hidden, true));
  out = register_module("out", model::Linear(hidden, classes, true));
}

torch::Tensor PlaceReaderImpl::forward(const torch::Tensor& features_NC,
                                       const torch::Tensor& places_N2) {
  return out(of_features(norm(features_NC)) * of_place(waves(places_N2)));
}

model::Trace GlyphHeadsImpl::Features::trace() {
  return model::Trace([this](const std::string& name, const torch::Tensor& value) {
    if (name == "sam.neck") patches_BCGG.push_back(value);
    if (name == "projector.out") tokens_BLC.push_back(value);
  });
}

GlyphHeadsImpl::GlyphHeadsImpl(const model::ModelConfig& model, const LossConfig& config) {
  for (std::string& character : characters_of(config.characters))
    classes_.try_emplace(std::move(character), static_cast<std::int64_t>(classes_.size()) + 1);
  const auto classes = static_cast<std::int64_t>(classes_.size()) + 1;
  if (config.patches > 0)
    patches = register_module("patches", PlaceReader(model.sam.neck_size, config.hidden, classes));
  if (config.tokens > 0)
    tokens =
        register_module("tokens", PlaceReader(model.decoder.hidden_size, config.hidden, classes));
}

GlyphHeadsImpl::Readings GlyphHeadsImpl::read(const Features& features, const TrainBatch& batch) {
  Readings readings;
  if (batch.glyphs.empty()) return readings;
  std::vector<std::int64_t> rows, classes;
  std::vector<float> centres;
  for (const TrainBatch::Glyph& glyph : batch.glyphs) {
    rows.push_back(glyph.row);
    const auto found = classes_.find(glyph.text);
    classes.push_back(found == classes_.end() ? 0 : found->second);
    centres.insert(centres.end(), {glyph.x, glyph.y});
  }
  const torch::Device device = features.tokens_BLC.at(0).device();
  const torch::Tensor rows_N = torch::tensor(rows, torch::kInt64).to(device),
                      classes_N = torch::tensor(classes, torch::kInt64).to(device),
                      centres_N2 = torch::tensor(centres).view({-1, 2}).to(device);
  const auto pages = static_cast<std::int64_t>(batch.ids.size());
  if (patches) {
    const torch::Tensor grid = torch::cat(features.patches_BCGG).permute({0, 2, 3, 1});
    TORCH_CHECK(grid.size(0) == pages, "glyphs are read from one view a page, but ", pages,
                " pages have ", grid.size(0));
    readings.patches = read_grid(patches, grid, rows_N, centres_N2, classes_N);
  }
  if (tokens) {
    const torch::Tensor all = torch::cat(features.tokens_BLC);
    TORCH_CHECK(all.size(0) == pages, "glyphs are read from one view a page, but ", pages,
                " pages have ", all.size(0));
    const std::int64_t side = model::square_side(all.size(1));
    readings.tokens =
        read_grid(tokens, all.view({pages, side, side, -1}), rows_N, centres_N2, classes_N);
  }
  return readings;
}

GlyphHeads add_glyph_heads(model::DeepseekOcrImpl& network, const LossConfig& config,
                           std::uint64_t seed) {
  if (!config.has_heads()) return nullptr;
  GlyphHeads heads(network.config, config);
  const torch::NoGradGuard no_grad;
  for (auto& item : heads->named_parameters()) {
    torch::Tensor values = torch::zeros(item.value().sizes());
    if (values.dim() > 1) {
      auto generator = at::make_generator<at::CPUGeneratorImpl>(
          configs::derive_seed(seed, "train.glyph_heads." + item.key()));
      values.normal_(0, 1 / std::sqrt(static_cast<double>(values.size(1))), generator);
    } else if (item.key().ends_with("norm.weight")) {
      values.fill_(1);
    }
    item.value().set_data(values.to(network.device(), network.dtype()));
  }
  network.register_module("glyph_heads", heads.ptr());
  return heads;
}

void save_glyph_heads(const GlyphHeads& heads, const std::filesystem::path& folder) {
  std::vector<model::NamedTensor> tensors;
  for (const auto& item : heads->named_parameters())
    tensors.push_back({item.key(), item.value().detach()});
  model::write_safetensors(folder / kFile, tensors);
}

void load_glyph_heads(GlyphHeads& heads, const std::filesystem::path& folder) {
  if (!std::filesystem::exists(folder / kFile)) return;
  const model::SafetensorsFile file(folder / kFile);
  const torch::NoGradGuard no_grad;
  for (auto& item : heads->named_parameters()) {
    if (!file.contains(item.key())) continue;  // a head that is new
    const torch::Tensor saved = file.tensor(item.key());
    if (saved.sizes() != item.value().sizes())
      throw model::WeightsError(file.file(), item.key() + " has another shape");
    item.value().copy_(saved);
  }
}

}  // namespace dsocr::train
