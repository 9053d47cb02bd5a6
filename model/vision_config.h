#pragma once

#include <cstdint>
#include <vector>

namespace dsocr::model {

/// SAM ViT with the convolutional neck and the 16x compressor (spec: model, section 2).
struct SamConfig {
  std::int64_t image_size = 1024;
  std::int64_t patch_size = 16;
  std::int64_t hidden_size = 768;
  std::int64_t num_layers = 12;
  std::int64_t num_heads = 12;
  std::int64_t intermediate_size = 3072;
  std::int64_t window_size = 14;
  std::vector<std::int64_t> global_layers = {2, 5, 8, 11};
  std::int64_t neck_size = 256;
  std::vector<std::int64_t> downsample_sizes = {512, 1024};
  double layer_norm_eps = 1e-6;

  /// Side of the patch grid that pos_embed and the global rel_pos tables are made for.
  std::int64_t native_grid() const { return image_size / patch_size; }
  bool is_global(std::int64_t layer) const;

  template <class V>
  void fields(V& v) {
    v("image_size", image_size, "pixels per side that the position tables are made for",
      {.min = 16});
    v("patch_size", patch_size, "pixels per side of a patch", {.min = 1});
    v("hidden_size", hidden_size, "channels", {.min = 1});
    v("num_layers", num_layers, "transformer blocks", {.min = 1});
    v("num_heads", num_heads, "attention heads", {.min = 1});
    v("intermediate_size", intermediate_size, "channels inside the feed-forward part", {.min = 1});
    v("window_size", window_size, "patches per side of an attention window", {.min = 1});
    v("global_layers", global_layers, "blocks that attend to the whole page", {.min = 0});
    v("neck_size", neck_size, "channels after the neck", {.min = 1});
    v("downsample_sizes", downsample_sizes, "channels after each stride-2 convolution",
      {.min = 1, .min_items = 2});
    v("layer_norm_eps", layer_norm_eps, "epsilon of every layer norm", {.above = 0});
  }
};

/// CLIP ViT over the compressed tokens (spec: model, section 3).
struct ClipConfig {
  std::int64_t image_size = 224;
  std::int64_t patch_size = 14;
  std::int64_t hidden_size = 1024;
  std::int64_t num_layers = 24;
  std::int64_t num_heads = 16;
  std::int64_t intermediate_size = 4096;
  double layer_norm_eps = 1e-5;

  /// Side of the token grid that the position table is made for.
  std::int64_t native_grid() const { return image_size / patch_size; }

  template <class V>
  void fields(V& v) {
    v("image_size", image_size, "pixels per side of the original CLIP; gives the position table",
      {.min = 1});
    v("patch_size", patch_size, "pixels per side of an original CLIP patch", {.min = 1});
    v("hidden_size", hidden_size, "channels; those of SAM's output", {.min = 1});
    v("num_layers", num_layers, "transformer layers", {.min = 1});
    v("num_heads", num_heads, "attention heads", {.min = 1});
    v("intermediate_size", intermediate_size, "channels inside the feed-forward part", {.min = 1});
    v("layer_norm_eps", layer_norm_eps, "epsilon of every layer norm", {.above = 0});
  }
};

}  // namespace dsocr::model
