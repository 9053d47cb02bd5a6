#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "model/deepseek_ocr.h"
#include "model/trace.h"
#include "train/batch.h"
#include "train/loss_config.h"

// N glyphs, C features.
namespace dsocr::train {

/// Which character stands at a place, from a code of the patch below it. A patch gives its code
/// itself; a vision token gives the codes of all its patches, each by weights of its own, so that
/// it has to keep them apart. What follows is the same for both: a token has to learn no more than
/// where its patches are.
struct PlaceReaderImpl : torch::nn::Module {
  PlaceReaderImpl(std::int64_t patch_size, std::int64_t token_size, const LossConfig& config,
                  std::int64_t classes);

  /// Features [B, G, G, C] of patches -> codes [B, G, G, K] of mean 0 and variance 1.
  torch::Tensor codes_of_patches(const torch::Tensor& grid_BGGC);
  /// Vision tokens [B, L, D] -> what they tell of the codes of their patches, [B, G, G, K].
  torch::Tensor codes_of_tokens(const torch::Tensor& tokens_BLD);
  /// Codes [B, G, G, K], rows [N] of the batch, centres [N, 2], x and y as shares of the page's
  /// side -> logits [N, classes].
  torch::Tensor read(const torch::Tensor& codes_BGGK, const torch::Tensor& rows_N,
                     const torch::Tensor& centres_N2);

  model::LayerNorm patch_norm{nullptr}, token_norm{nullptr};
  model::Linear of_patch{nullptr}, of_token{nullptr}, of_code{nullptr}, of_place{nullptr},
      out{nullptr};
};
TORCH_MODULE(PlaceReader);

/// Where on the page something stands, from a hidden state: an eighth of a vision token's side in x
/// and in y.
struct PlacePointerImpl : torch::nn::Module {
  explicit PlacePointerImpl(std::int64_t features);

  /// Hidden states [N, D] and the vision tokens of a side -> logits [N, 2, bins of a side].
  torch::Tensor forward(const torch::Tensor& hidden_ND, std::int64_t side);

  model::LayerNorm norm{nullptr};
  model::Linear out{nullptr};
};
TORCH_MODULE(PlacePointer);

/// What comes next, from a hidden state: P patches in the direction of reading with K numbers each,
/// or as many glyphs with K classes.
struct AheadReaderImpl : torch::nn::Module {
  AheadReaderImpl(std::int64_t features, std::int64_t size);

  /// Hidden states [N, D] -> [N, P, K].
  torch::Tensor forward(const torch::Tensor& hidden_ND);

  model::LayerNorm norm{nullptr};
  model::Linear out{nullptr};
};
TORCH_MODULE(AheadReader);

/// What the heads learn, in their order.
inline constexpr std::array kHeadNames{"patches", "tokens", "codes", "places", "ahead", "spelling"};

/// Heads that exist in training only: every glyph of a page is read from SAM's patch below its
/// centre, after the neck, and from the vision token above it, which also has to give the codes of
/// its patches; before each id of an answer the decoder tells where its first glyph stands, and
/// gives the codes of the patches from there on and, at its end, the glyphs. They are the child
/// glyph_heads of the network, so that optimizer and average see them; model::save_model does not.
struct GlyphHeadsImpl : torch::nn::Module {
  GlyphHeadsImpl(const model::ModelConfig& model, const LossConfig& config);

  /// What the network made on the way, for one view a page.
  struct Features {
    std::vector<torch::Tensor> patches_BCGG = {}, tokens_BLD = {};
    // After loss.places_layer, loss.ahead_layer and all layers of the decoder.
    torch::Tensor places_BTD = {}, ahead_BTD = {}, end_BTD = {};
  };
  /// Fills `features`, which must outlive the trace.
  model::Trace trace_into(Features& features) const;

  struct Reading {
    torch::Tensor loss = {};  // summed over what is asked; undefined without a head
    // How often the likeliest answer was right; of codes the sum of the shares of their variance
    // that are explained.
    double right = 0;
  };
  using Readings = std::array<Reading, kHeadNames.size()>;
  /// Of the pages of a batch. Throws c10::Error when a page has several views.
  Readings read(const Features& features, const TrainBatch& batch);

  PlaceReader reader{nullptr};
  PlacePointer places{nullptr};
  AheadReader ahead{nullptr}, speller{nullptr};

 private:
  // The labels with a glyph: their rows among the labels and among the positions of the batch.
  struct Placed {
    torch::Tensor labels_N, positions_N;
  };
  Reading point(const torch::Tensor& hidden_BTD, const Placed& placed, std::int64_t side,
                const TrainBatch& batch);
  Reading look_ahead(const torch::Tensor& hidden_BTD, const Placed& placed,
                     const torch::Tensor& codes_BGGK, const TrainBatch& batch);
  Reading spell(const torch::Tensor& hidden_BTD, const Placed& placed, const TrainBatch& batch);
  std::int64_t class_of(const std::string& text) const;

  LossConfig config_;
  std::int64_t num_layers_;
  std::map<std::string, std::int64_t> classes_ = {};  // 0: all other characters
};
TORCH_MODULE(GlyphHeads);

/// Gives the network its heads, drawn by the seed; null where the config wants none.
GlyphHeads add_glyph_heads(model::DeepseekOcrImpl& network, const LossConfig& config,
                           std::uint64_t seed);

/// To and from this file in a checkpoint's folder. Loading leaves the heads as they
/// are where the folder has none, and throws model::WeightsError for those of another shape.
inline constexpr const char* kGlyphHeadsFile = "glyph_heads.safetensors";
void save_glyph_heads(const GlyphHeads& heads, const std::filesystem::path& folder);
void load_glyph_heads(GlyphHeads& heads, const std::filesystem::path& folder);

}  // namespace dsocr::train
