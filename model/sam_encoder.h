#pragma once

#include <torch/torch.h>

#include "model/layers.h"
#include "model/trace.h"
#include "model/vision_config.h"

// B views, N windows or views, G patches per side, C channels, H heads.
namespace dsocr::model {

/// Attention with decomposed relative positions over a square grid (spec: model, section 2.1).
struct SamAttentionImpl : torch::nn::Module {
  /// `grid`: patches per side that the position tables are made for.
  SamAttentionImpl(const SamConfig& config, std::int64_t grid);

  /// x [N, G, G, C] -> [N, G, G, C]; any G, the tables are resized to it.
  torch::Tensor forward(const torch::Tensor& x_NGGC);

  Linear qkv{nullptr}, proj{nullptr};
  torch::Tensor rel_pos_h, rel_pos_w;  // [2 grid - 1, head size]
  std::int64_t num_heads;
};
TORCH_MODULE(SamAttention);

struct SamMlpImpl : torch::nn::Module {
  explicit SamMlpImpl(const SamConfig& config);
  torch::Tensor forward(const torch::Tensor& x);

  Linear lin1{nullptr}, lin2{nullptr};
};
TORCH_MODULE(SamMlp);

/// One transformer block, over windows or over the whole grid.
struct SamBlockImpl : torch::nn::Module {
  SamBlockImpl(const SamConfig& config, std::int64_t layer);
  torch::Tensor forward(const torch::Tensor& x_BGGC, const Trace& trace);

  LayerNorm norm1{nullptr}, norm2{nullptr};
  SamAttention attn{nullptr};
  SamMlp mlp{nullptr};
  std::int64_t window;  // patches per side, 0 for the whole grid
};
TORCH_MODULE(SamBlock);

struct SamPatchEmbedImpl : torch::nn::Module {
  explicit SamPatchEmbedImpl(const SamConfig& config);

  Conv2d proj{nullptr};
};
TORCH_MODULE(SamPatchEmbed);

/// 1x1 convolution, norm, 3x3 convolution, norm; children are named by number in the checkpoint.
struct SamNeckImpl : torch::nn::Module {
  explicit SamNeckImpl(const SamConfig& config);
  torch::Tensor forward(const torch::Tensor& x_BCGG);

  Conv2d conv1{nullptr}, conv2{nullptr};
  LayerNorm2d norm1{nullptr}, norm2{nullptr};
};
TORCH_MODULE(SamNeck);

/// SAM encoder and compressor (spec: model, section 2).
struct SamEncoderImpl : torch::nn::Module {
  explicit SamEncoderImpl(const SamConfig& config);

  /// pixels [B, 3, S, S], S a multiple of the patch size -> [B, C, s, s] with s =
  /// ceil(ceil(G/2)/2).
  torch::Tensor forward(const torch::Tensor& pixels_B3SS, const Trace& trace);

  SamPatchEmbed patch_embed{nullptr};
  torch::Tensor pos_embed;  // [1, grid, grid, C]
  torch::nn::ModuleList blocks;
  SamNeck neck{nullptr};
  Conv2d net_2{nullptr}, net_3{nullptr};
  bool recomputes = false;  // see DeepseekOcrImpl
};
TORCH_MODULE(SamEncoder);

}  // namespace dsocr::model
