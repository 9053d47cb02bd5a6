#include "model/clip_encoder.h"

#include "model/kernels/training_rows.h"
#include "model/recompute.h"

namespace dsocr::model {

ClipAttentionImpl::ClipAttentionImpl(const ClipConfig& config) : num_heads(config.num_heads) {
  const std::int64_t size = config.hidden_size;
  qkv_proj = register_module("qkv_proj", Linear(size, 3 * size, true));
  out_proj = register_module("out_proj", Linear(size, size, true));
}

torch::Tensor ClipAttentionImpl::forward(const torch::Tensor& x_BLC) {
  const auto parts = split_heads(qkv_proj(x_BLC), 3, num_heads);
  if (is_short_attention(parts[0], parts[1]))
    return out_proj(join_heads(short_attention(parts[0], parts[1], parts[2], /*mask=*/{})));
  return out_proj(join_heads(torch::scaled_dot_product_attention(parts[0], parts[1], parts[2])));
}

ClipMlpImpl::ClipMlpImpl(const ClipConfig& config) {
  fc1 = register_module("fc1", Linear(config.hidden_size, config.intermediate_size, true));
  fc2 = register_module("fc2", Linear(config.intermediate_size, config.hidden_size, true));
}

torch::Tensor ClipMlpImpl::forward(const torch::Tensor& x) {
  const torch::Tensor inner = fc1(x);
  return fc2(inner * torch::sigmoid(1.702 * inner));
}

ClipLayerImpl::ClipLayerImpl(const ClipConfig& config) {
  const auto norm = [&] { return LayerNorm(config.hidden_size, config.layer_norm_eps); };
  layer_norm1 = register_module("layer_norm1", norm());
  self_attn = register_module("self_attn", ClipAttention(config));
  layer_norm2 = register_module("layer_norm2", norm());
  mlp = register_module("mlp", ClipMlp(config));
}

torch::Tensor ClipLayerImpl::forward(const torch::Tensor& x_BLC) {
  const torch::Tensor x = x_BLC + self_attn(layer_norm1(x_BLC));
  return x + mlp(layer_norm2(x));
}

ClipEmbeddingsImpl::ClipEmbeddingsImpl(const ClipConfig& config) {
  const std::int64_t size = config.hidden_size;
  class_embedding = register_parameter("class_embedding", unallocated({size}));
  patch_embedding = register_module("patch_embedding", Conv2d(Conv2dImpl::Options{
                                                           .in = 3,
                                                           .out = size,
                                                           .kernel = config.patch_size,
                                                           .stride = config.patch_size,
                                                       }));
  position_embedding = register_module(
      "position_embedding", Embedding(config.native_grid() * config.native_grid() + 1, size));
}

torch::Tensor ClipEmbeddingsImpl::forward(const torch::Tensor& tokens_BLC) {
  const std::int64_t count = tokens_BLC.size(0);
  const std::int64_t size = tokens_BLC.size(2);
  const std::int64_t side = square_side(tokens_BLC.size(1));
  const torch::Tensor& table = position_embedding->weight;
  const std::int64_t native = square_side(table.size(0) - 1);
  const torch::Tensor grid =
      resize_grid(table.narrow(0, 1, native * native).view({1, native, native, size}), side);
  const torch::Tensor positions =
      torch::cat({table.narrow(0, 0, 1).unsqueeze(0), grid.reshape({1, side * side, size})}, 1);
  return torch::cat({class_embedding.expand({count, 1, size}), tokens_BLC}, 1) + positions;
}

ClipTransformerImpl::ClipTransformerImpl(const ClipConfig& config) {
  for (std::int64_t layer = 0; layer < config.num_layers; ++layer)
    layers->push_back(ClipLayer(config));
  register_module("layers", layers);
}

ClipEncoderImpl::ClipEncoderImpl(const ClipConfig& config) {
  embeddings = register_module("embeddings", ClipEmbeddings(config));
  pre_layrnorm =
      register_module("pre_layrnorm", LayerNorm(config.hidden_size, config.layer_norm_eps));
  transformer = register_module("transformer", ClipTransformer(config));
}

torch::Tensor ClipEncoderImpl::forward(const torch::Tensor& tokens_BLC, const Trace& trace) {
  torch::Tensor x = embeddings(tokens_BLC);
  trace("embeddings", x);
  x = pre_layrnorm(x);
  trace("pre_layrnorm", x);
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(transformer->layers->size()); ++i) {
    const auto layer = transformer->layers->ptr<ClipLayerImpl>(static_cast<size_t>(i));
    x = recomputes && needs_gradient(*layer, x)
            ? recomputed([=](const auto& in) { return Tensors{layer->forward(in)}; }, x)[0]
            : layer->forward(x);
    trace("layer", i, x);
  }
  trace("out", x);
  return x;
}

}  // namespace dsocr::model
