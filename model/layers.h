#pragma once

#include <torch/torch.h>

namespace dsocr::model {

// Layers with the parameter names of the checkpoint. A new layer has shapes but no memory: every
// parameter is a view of one element until weights are loaded or drawn (weights/load.h, init.h).

/// What draws the dropout of adapters: each pass has a number, each layer a seed of its own, so
/// that a pass that is computed twice draws the same.
struct AdapterDropout {
  double rate = 0;
  std::uint64_t pass = 0;
};

/// x W^T + b; weight [out, in], bias [out]. With an adapter (model/lora.h) also
/// scale * dropout(x) A^T B^T.
struct LinearImpl : torch::nn::Module {
  LinearImpl(std::int64_t in, std::int64_t out, bool has_bias);
  torch::Tensor forward(const torch::Tensor& x);

  /// Children lora_A [rank, in] and lora_B [out, rank], without memory yet.
  void add_adapter(std::int64_t rank, double scale, std::uint64_t seed,
                   std::shared_ptr<const AdapterDropout> dropout);
  void remove_adapter();
  bool has_adapter() const { return lora_A != nullptr; }
  /// W + scale * B A in float32.
  torch::Tensor merged() const;

  torch::Tensor weight, bias;
  std::shared_ptr<LinearImpl> lora_A, lora_B;

 private:
  torch::Tensor dropped(const torch::Tensor& x) const;

  double scale_ = 1;
  std::uint64_t seed_ = 0;
  std::shared_ptr<const AdapterDropout> dropout_;
};
TORCH_MODULE(Linear);

/// The same x through several layers, at once where they are small (kernels/small_linear.h).
std::vector<torch::Tensor> linears(const torch::Tensor& x, std::initializer_list<Linear> layers);

/// Normalises the last axis; weight and bias [size].
struct LayerNormImpl : torch::nn::Module {
  LayerNormImpl(std::int64_t size, double eps);
  torch::Tensor forward(const torch::Tensor& x);

  torch::Tensor weight, bias;
  double eps;
};
TORCH_MODULE(LayerNorm);

/// Normalises the channel axis of [B, C, H, W] at each pixel, biased variance.
struct LayerNorm2dImpl : torch::nn::Module {
  LayerNorm2dImpl(std::int64_t channels, double eps);
  torch::Tensor forward(const torch::Tensor& x);

  torch::Tensor weight, bias;
  double eps;
};
TORCH_MODULE(LayerNorm2d);

/// x * rsqrt(mean(x^2) + eps) in float32, cast back to x's dtype, then times weight [size].
struct RmsNormImpl : torch::nn::Module {
  RmsNormImpl(std::int64_t size, double eps);
  torch::Tensor forward(const torch::Tensor& x);

  torch::Tensor weight;
  double eps;
};
TORCH_MODULE(RmsNorm);

/// Rows of weight [count, size] by id.
struct EmbeddingImpl : torch::nn::Module {
  EmbeddingImpl(std::int64_t count, std::int64_t size);
  torch::Tensor forward(const torch::Tensor& ids);

  torch::Tensor weight;
};
TORCH_MODULE(Embedding);

/// Square convolution of [B, in, H, W]; weight [out, in, kernel, kernel].
struct Conv2dImpl : torch::nn::Module {
  struct Options {
    std::int64_t in, out, kernel;
    std::int64_t stride = 1;
    std::int64_t padding = 0;
    bool has_bias = false;
  };
  explicit Conv2dImpl(const Options& options);
  torch::Tensor forward(const torch::Tensor& x);

  torch::Tensor weight, bias;
  std::int64_t stride, padding;
};
TORCH_MODULE(Conv2d);

/// A parameter's shape without its memory.
torch::Tensor unallocated(at::IntArrayRef shape);

/// x with its last axis split into `parts` x heads x head size: parts tensors [B, heads, L, size].
std::vector<torch::Tensor> split_heads(const torch::Tensor& x_BLD, std::int64_t parts,
                                       std::int64_t num_heads);

/// [B, heads, L, size] -> [B, L, heads * size].
torch::Tensor join_heads(const torch::Tensor& x_BHLC);

/// Side of the square grid that `count` tokens make. Throws c10::Error when they make none.
std::int64_t square_side(std::int64_t count);

/// Resizes a grid of position embeddings [1, n, n, C] to [1, side, side, C]: bicubic with
/// antialiasing, in float32, cast back. The grid itself when the side fits.
torch::Tensor resize_grid(const torch::Tensor& grid_1NNC, std::int64_t side);

}  // namespace dsocr::model
