#pragma once

#include <torch/torch.h>

#include "model/layers.h"
#include "model/trace.h"
#include "model/vision_config.h"

// B views, L tokens with the class token first, C channels.
namespace dsocr::model {

struct ClipAttentionImpl : torch::nn::Module {
  explicit ClipAttentionImpl(const ClipConfig& config);
  torch::Tensor forward(const torch::Tensor& x_BLC);

  Linear qkv_proj{nullptr}, out_proj{nullptr};
  std::int64_t num_heads;
};
TORCH_MODULE(ClipAttention);

/// fc2(QuickGELU(fc1(x))), QuickGELU(z) = z sigmoid(1.702 z).
struct ClipMlpImpl : torch::nn::Module {
  explicit ClipMlpImpl(const ClipConfig& config);
  torch::Tensor forward(const torch::Tensor& x);

  Linear fc1{nullptr}, fc2{nullptr};
};
TORCH_MODULE(ClipMlp);

struct ClipLayerImpl : torch::nn::Module {
  explicit ClipLayerImpl(const ClipConfig& config);
  torch::Tensor forward(const torch::Tensor& x_BLC);

  LayerNorm layer_norm1{nullptr}, layer_norm2{nullptr};
  ClipAttention self_attn{nullptr};
  ClipMlp mlp{nullptr};
};
TORCH_MODULE(ClipLayer);

/// Class token and positions. The patch convolution is in the checkpoint but nothing uses it: the
/// tokens of SAM stand in its place.
struct ClipEmbeddingsImpl : torch::nn::Module {
  explicit ClipEmbeddingsImpl(const ClipConfig& config);

  /// SAM's tokens [B, s * s, C] -> [B, 1 + s * s, C].
  torch::Tensor forward(const torch::Tensor& tokens_BLC);

  torch::Tensor class_embedding;  // [C]
  Conv2d patch_embedding{nullptr};
  Embedding position_embedding{nullptr};
};
TORCH_MODULE(ClipEmbeddings);

/// Holder of the layers: the checkpoint has a level for it.
struct ClipTransformerImpl : torch::nn::Module {
  explicit ClipTransformerImpl(const ClipConfig& config);

  torch::nn::ModuleList layers;
};
TORCH_MODULE(ClipTransformer);

/// CLIP over the tokens of SAM, no final norm (spec: model, section 3).
struct ClipEncoderImpl : torch::nn::Module {
  explicit ClipEncoderImpl(const ClipConfig& config);

  /// SAM's tokens [B, s * s, C] -> [B, 1 + s * s, C].
  torch::Tensor forward(const torch::Tensor& tokens_BLC, const Trace& trace);

  ClipEmbeddings embeddings{nullptr};
  LayerNorm pre_layrnorm{nullptr};  // spelled as in the checkpoint
  ClipTransformer transformer{nullptr};
  bool recomputes = false;  // see DeepseekOcrImpl
};
TORCH_MODULE(ClipEncoder);

}  // namespace dsocr::model
