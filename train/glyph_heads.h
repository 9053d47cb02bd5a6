#pragma once

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

/// Which character stands at a place of a cell, from the features of the cell: what is projected
/// from the features times what is projected from the place, so that each place has weights of its
/// own and the features have to keep places apart.
struct PlaceReaderImpl : torch::nn::Module {
  PlaceReaderImpl(std::int64_t features, std::int64_t hidden, std::int64_t classes);

  /// Features [N, C] of the cells and places [N, 2], x and y as shares of the cell's side ->
  /// logits [N, classes].
  torch::Tensor forward(const torch::Tensor& features_NC, const torch::Tensor& places_N2);

  model::LayerNorm norm{nullptr};
  model::Linear of_features{nullptr}, of_place{nullptr}, out{nullptr};
};
TORCH_MODULE(PlaceReader);

/// Heads that exist in training only: every glyph of a page is read from SAM's patch below its
/// centre, after the neck, and from the vision token above it. They are the child glyph_heads of
/// the network, so that optimizer and average see them; model::save_model does not.
struct GlyphHeadsImpl : torch::nn::Module {
  GlyphHeadsImpl(const model::ModelConfig& model, const LossConfig& config);

  /// What the encoder made on the way, for one view a page.
  struct Features {
    std::vector<torch::Tensor> patches_BCGG = {}, tokens_BLC = {};

    model::Trace trace();
  };
  struct Reading {
    torch::Tensor loss;      // cross entropy summed over the glyphs; undefined where it has no head
    std::int64_t right = 0;  // glyphs
  };
  struct Readings {
    Reading patches, tokens;
  };
  /// The glyphs of the pages of a batch. Throws c10::Error when a page has several views.
  Readings read(const Features& features, const TrainBatch& batch);

  PlaceReader patches{nullptr}, tokens{nullptr};

 private:
  std::map<std::string, std::int64_t> classes_ = {};  // 0: all other characters
};
TORCH_MODULE(GlyphHeads);

/// Gives the network its heads, drawn by the seed; null where the config wants none.
GlyphHeads add_glyph_heads(model::DeepseekOcrImpl& network, const LossConfig& config,
                           std::uint64_t seed);

/// To and from glyph_heads.safetensors in a checkpoint's folder. Loading leaves the heads as they
/// are where the folder has none, and throws model::WeightsError for those of another shape.
void save_glyph_heads(const GlyphHeads& heads, const std::filesystem::path& folder);
void load_glyph_heads(GlyphHeads& heads, const std::filesystem::path& folder);

}  // namespace dsocr::train
