#include "train/glyph_heads.h"

#include <cmath>
#include <numbers>

#include "configs/seed.h"
#include "configs/view.h"
#include "model/error.h"
#include "model/weights/safetensors.h"

namespace dsocr::train {
namespace {

// Waves of a coordinate: the shortest is half a cell, which is as wide as a glyph.
constexpr std::int64_t kWaves = 4;
constexpr std::int64_t kPlaceSize = 1 + 4 * kWaves;  // sine and cosine of x and of y
// Glyphs are filled up to a multiple of these: a product of a shape that is new costs more than the
// product itself on CPUs, whose kernels are made for the shape.
constexpr std::size_t kRows = 1024;
constexpr std::int64_t kIgnored = -100;  // torch's: no loss
// Bins of a vision token's side, and of the largest page's.
constexpr std::int64_t kBins = 8, kMostBins = 20 * kBins;
constexpr std::int64_t kAhead = 4;  // patches, or glyphs: about what a token writes

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

// Of each page: -1 where most glyphs stand to the left of the one before, else 1.
torch::Tensor reading_directions(const TrainBatch& batch) {
  std::vector<std::int64_t> steps(batch.ids.size());
  for (std::size_t i = 1; i < batch.glyphs.size(); ++i) {
    const TrainBatch::Glyph &before = batch.glyphs[i - 1], &glyph = batch.glyphs[i];
    if (glyph.row == before.row)
      steps[static_cast<std::size_t>(glyph.row)] += glyph.x < before.x ? -1 : 1;
  }
  for (std::int64_t& step : steps) step = step < 0 ? -1 : 1;
  return torch::tensor(steps, torch::kInt64);
}

GlyphHeadsImpl::Reading reading_of(const torch::Tensor& logits_NK, const torch::Tensor& classes_N) {
  const torch::Tensor logits = logits_NK.to(torch::kFloat32);
  return {torch::cross_entropy_loss(logits, classes_N, {}, at::Reduction::Sum),
          (logits.detach().argmax(1) == classes_N).sum().item<double>()};
}

}  // namespace

PlaceReaderImpl::PlaceReaderImpl(std::int64_t patch_size, std::int64_t token_size,
                                 const LossConfig& config, std::int64_t classes) {
  constexpr std::int64_t kPatches = configs::kDownsample * configs::kDownsample;
  const auto linear = [&](const char* name, std::int64_t in, std::int64_t size) {
    return register_module(name, model::Linear(in, size, true));
  };
  patch_norm = register_module("patch_norm", model::LayerNorm(patch_size, 1e-6));
  of_patch = linear("of_patch", patch_size, config.code);
  token_norm = register_module("token_norm", model::LayerNorm(token_size, 1e-6));
  of_token = linear("of_token", token_size, kPatches * config.code);
  of_code = linear("of_code", config.code, config.hidden);
  of_place = linear("of_place", kPlaceSize, config.hidden);
  out = linear("out", config.hidden, classes);
}

torch::Tensor PlaceReaderImpl::codes_of_patches(const torch::Tensor& grid_BGGC) {
  const torch::Tensor codes = of_patch(patch_norm(grid_BGGC));
  return torch::layer_norm(codes, {codes.size(-1)});
}

torch::Tensor PlaceReaderImpl::codes_of_tokens(const torch::Tensor& tokens_BLD) {
  constexpr std::int64_t kSide = configs::kDownsample;
  const std::int64_t side = model::square_side(tokens_BLD.size(1));
  return of_token(token_norm(tokens_BLD))
      .view({-1, side, side, kSide, kSide, of_code->weight.size(1)})
      .transpose(2, 3)
      .reshape({-1, side * kSide, side * kSide, of_code->weight.size(1)});
}

torch::Tensor PlaceReaderImpl::read(const torch::Tensor& codes_BGGK, const torch::Tensor& rows_N,
                                    const torch::Tensor& centres_N2) {
  const std::int64_t side = codes_BGGK.size(1);
  const torch::Tensor at_N2 = centres_N2 * side;
  const torch::Tensor cells_N2 = at_N2.floor().clamp(0, static_cast<double>(side - 1));
  const torch::Tensor index = cells_N2.to(torch::kInt64);
  const torch::Tensor codes =
      of_code(codes_BGGK)
          .flatten(0, 2)
          .index_select(0, (rows_N * side + index.select(1, 1)) * side + index.select(1, 0));
  return out(codes * of_place(waves((at_N2 - cells_N2).to(codes.scalar_type()))));
}

PlacePointerImpl::PlacePointerImpl(std::int64_t features) {
  norm = register_module("norm", model::LayerNorm(features, 1e-6));
  out = register_module("out", model::Linear(features, 2 * kMostBins, true));
}

torch::Tensor PlacePointerImpl::forward(const torch::Tensor& hidden_ND, std::int64_t side) {
  return out(norm(hidden_ND)).view({-1, 2, kMostBins}).narrow(2, 0, side * kBins);
}

AheadReaderImpl::AheadReaderImpl(std::int64_t features, std::int64_t size) {
  norm = register_module("norm", model::LayerNorm(features, 1e-6));
  out = register_module("out", model::Linear(features, kAhead * size, true));
}

torch::Tensor AheadReaderImpl::forward(const torch::Tensor& hidden_ND) {
  return out(norm(hidden_ND)).view({-1, kAhead, out->weight.size(0) / kAhead});
}

model::Trace GlyphHeadsImpl::trace_into(Features& features) const {
  const auto after = [](std::int64_t layers) {
    return "decoder.layer" + std::to_string(layers - 1) + ".out";
  };
  return model::Trace([places = after(config_.places_layer), ahead = after(config_.ahead_layer),
                       end = after(num_layers_),
                       &features](const std::string& name, const torch::Tensor& value) {
    if (name == "sam.neck") features.patches_BCGG.push_back(value);
    if (name == "projector.out") features.tokens_BLD.push_back(value);
    if (name == places) features.places_BTD = value;
    if (name == ahead) features.ahead_BTD = value;
    if (name == end) features.end_BTD = value;
  });
}

GlyphHeadsImpl::GlyphHeadsImpl(const model::ModelConfig& model, const LossConfig& config)
    : config_(config), num_layers_(model.decoder.num_layers) {
  for (std::string& character : characters_of(config.characters))
    classes_.try_emplace(std::move(character), static_cast<std::int64_t>(classes_.size()) + 1);
  const auto classes = static_cast<std::int64_t>(classes_.size()) + 1;
  if (config.has_reader())
    reader = register_module(
        "reader", PlaceReader(model.sam.neck_size, model.decoder.hidden_size, config, classes));
  if (config.places > 0)
    places = register_module("places", PlacePointer(model.decoder.hidden_size));
  if (config.ahead > 0)
    ahead = register_module("ahead", AheadReader(model.decoder.hidden_size, config.code));
  if (config.spelling > 0)
    speller = register_module("speller", AheadReader(model.decoder.hidden_size, classes));
}

GlyphHeadsImpl::Reading GlyphHeadsImpl::point(const torch::Tensor& hidden_BTD, const Placed& placed,
                                              std::int64_t side, const TrainBatch& batch) {
  const torch::Tensor bins_N2 = (batch.places_N2.index_select(0, placed.labels_N) * (side * kBins))
                                    .to(torch::kInt64)
                                    .clamp(0, side * kBins - 1);
  const torch::Tensor logits_N2K =
      places(hidden_BTD.flatten(0, 1).index_select(0, placed.positions_N), side)
          .to(torch::kFloat32);
  const torch::Tensor hit_N2 = logits_N2K.detach().argmax(2) == bins_N2;
  return {torch::cross_entropy_loss(logits_N2K.flatten(0, 1), bins_N2.flatten(), {},
                                    at::Reduction::Sum),
          hit_N2.all(1).sum().item<double>()};
}

GlyphHeadsImpl::Reading GlyphHeadsImpl::look_ahead(const torch::Tensor& hidden_BTD,
                                                   const Placed& placed,
                                                   const torch::Tensor& codes_BGGK,
                                                   const TrainBatch& batch) {
  const std::int64_t side = codes_BGGK.size(1);
  // Beside the page there is nothing: codes of mean 0.
  const torch::Tensor codes = torch::constant_pad_nd(codes_BGGK, {0, 0, kAhead - 1, kAhead - 1});
  const torch::Tensor at_N2 = (batch.places_N2.index_select(0, placed.labels_N) * side)
                                  .to(torch::kInt64)
                                  .clamp(0, side - 1);
  const torch::Tensor rows_N = placed.positions_N.floor_divide(hidden_BTD.size(1));
  const torch::Tensor first_N =
      (rows_N * side + at_N2.select(1, 1)) * codes.size(2) + at_N2.select(1, 0) + kAhead - 1;
  const torch::Tensor steps_N =
      reading_directions(batch).to(rows_N.device()).index_select(0, rows_N);
  const torch::Tensor index_NP =
      first_N.unsqueeze(1) +
      steps_N.unsqueeze(1) * torch::arange(kAhead, first_N.options()).unsqueeze(0);
  const torch::Tensor wanted_NPK =
      codes.flatten(0, 2).index_select(0, index_NP.flatten()).view({-1, kAhead, codes.size(3)});
  const torch::Tensor given_NPK =
      ahead(hidden_BTD.flatten(0, 1).index_select(0, placed.positions_N));
  const torch::Tensor loss =
      (given_NPK - wanted_NPK).square().mean({1, 2}).to(torch::kFloat32).sum();
  return {loss, static_cast<double>(rows_N.size(0)) - loss.item<double>()};
}

GlyphHeadsImpl::Reading GlyphHeadsImpl::spell(const torch::Tensor& hidden_BTD, const Placed& placed,
                                              const TrainBatch& batch) {
  const std::vector<TrainBatch::Glyph>& glyphs = batch.glyphs;
  std::vector<std::int64_t> classes;
  for (const std::int64_t label : batch.first_glyphs) {
    const auto first = static_cast<std::size_t>(label);
    for (std::size_t i = first; i < first + kAhead; ++i) {
      const bool on_page = i < glyphs.size() && glyphs[i].row == glyphs[first].row;
      classes.push_back(on_page && glyphs[i].learnt ? class_of(glyphs[i].text) : kIgnored);
    }
  }
  const torch::Tensor classes_NP =
      torch::tensor(classes, torch::kInt64).view({-1, kAhead}).to(hidden_BTD.device());
  const torch::Tensor logits_NPK =
      speller(hidden_BTD.flatten(0, 1).index_select(0, placed.positions_N)).to(torch::kFloat32);
  // Means over the glyphs of a label: the last ones of a page have fewer.
  const torch::Tensor told_N = (classes_NP != kIgnored).sum(1).clamp_min(1);
  const torch::Tensor losses_NP =
      torch::cross_entropy_loss(logits_NPK.flatten(0, 1), classes_NP.flatten(), {},
                                at::Reduction::None)
          .view({-1, kAhead});
  const torch::Tensor right_N = (logits_NPK.detach().argmax(2) == classes_NP).sum(1);
  return {(losses_NP.sum(1) / told_N).sum(),
          (right_N.to(torch::kFloat64) / told_N).sum().item<double>()};
}

std::int64_t GlyphHeadsImpl::class_of(const std::string& text) const {
  const auto found = classes_.find(text);
  return found == classes_.end() ? 0 : found->second;
}

GlyphHeadsImpl::Readings GlyphHeadsImpl::read(const Features& features, const TrainBatch& batch) {
  if (batch.glyphs.empty()) return {};
  std::vector<std::int64_t> rows, classes;
  std::vector<float> centres;
  for (const TrainBatch::Glyph& glyph : batch.glyphs) {
    rows.push_back(glyph.row);
    classes.push_back(glyph.learnt ? class_of(glyph.text) : kIgnored);
    centres.insert(centres.end(), {glyph.x, glyph.y});
  }
  while (rows.size() % kRows != 0) {
    rows.push_back(0);
    classes.push_back(kIgnored);
    centres.insert(centres.end(), {0, 0});
  }
  const torch::Tensor tokens_BLD = torch::cat(features.tokens_BLD);
  const auto pages = static_cast<std::int64_t>(batch.ids.size());
  TORCH_CHECK(tokens_BLD.size(0) == pages, "glyphs are read from one view a page, but ", pages,
              " pages have ", tokens_BLD.size(0));
  const std::int64_t side = model::square_side(tokens_BLD.size(1));
  const torch::Device device = tokens_BLD.device();
  const torch::Tensor rows_N = torch::tensor(rows, torch::kInt64).to(device),
                      classes_N = torch::tensor(classes, torch::kInt64).to(device),
                      centres_N2 = torch::tensor(centres).view({-1, 2}).to(device);
  Readings readings;
  torch::Tensor patch_codes;
  if (reader) {
    const torch::Tensor of_patches = patch_codes =
        reader->codes_of_patches(torch::cat(features.patches_BCGG).permute({0, 2, 3, 1}));
    const torch::Tensor of_tokens = config_.tokens > 0 || config_.codes > 0
                                        ? reader->codes_of_tokens(tokens_BLD)
                                        : torch::Tensor();
    const auto read_from = [&](const torch::Tensor& codes) {
      return reading_of(reader->read(codes, rows_N, centres_N2), classes_N);
    };
    if (config_.patches > 0) readings[0] = read_from(of_patches);
    if (config_.tokens > 0) readings[1] = read_from(of_tokens);
    if (config_.codes > 0) {
      // One value a page, so that a step does not depend on the number of patches.
      const torch::Tensor loss =
          (of_tokens - of_patches.detach()).square().mean({1, 2, 3}).to(torch::kFloat32).sum();
      readings[2] = {loss, static_cast<double>(pages) - loss.item<double>()};
    }
  }
  if (config_.in_decoder()) {
    const torch::Tensor labels_N = batch.places_N2.select(1, 0).isfinite().nonzero().squeeze(1);
    const Placed placed{
        labels_N,
        batch.sequences.wanted_BT.flatten().nonzero().squeeze(1).index_select(0, labels_N)};
    if (places) readings[3] = point(features.places_BTD, placed, side, batch);
    if (ahead) readings[4] = look_ahead(features.ahead_BTD, placed, patch_codes.detach(), batch);
    if (speller) readings[5] = spell(features.end_BTD, placed, batch);
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
  model::write_safetensors(folder / kGlyphHeadsFile, tensors);
}

void load_glyph_heads(GlyphHeads& heads, const std::filesystem::path& folder) {
  if (!std::filesystem::exists(folder / kGlyphHeadsFile)) return;
  const model::SafetensorsFile file(folder / kGlyphHeadsFile);
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
