#include "model/layers.h"

#include <algorithm>
#include <cmath>

#include "configs/seed.h"
#include "model/kernels/small_linear.h"
#include "model/kernels/small_rows.h"
#include "model/kernels/training_rows.h"

namespace dsocr::model {

namespace F = torch::nn::functional;

torch::Tensor unallocated(at::IntArrayRef shape) { return torch::empty({1}).expand(shape); }

LinearImpl::LinearImpl(std::int64_t in, std::int64_t out, bool has_bias) {
  weight = register_parameter("weight", unallocated({out, in}));
  if (has_bias) bias = register_parameter("bias", unallocated({out}));
}

torch::Tensor LinearImpl::forward(const torch::Tensor& x) {
  const bool small = !bias.defined() && is_small_linear(x, weight);
  const torch::Tensor y = small ? small_linear(x, weight) : torch::linear(x, weight, bias);
  return lora_A ? y + lora_B->forward(lora_A->forward(dropped(x))) * scale_ : y;
}

void LinearImpl::add_adapter(std::int64_t rank, double scale, std::uint64_t seed,
                             std::shared_ptr<const AdapterDropout> dropout) {
  lora_A = register_module("lora_A", std::make_shared<LinearImpl>(weight.size(1), rank, false));
  lora_B = register_module("lora_B", std::make_shared<LinearImpl>(rank, weight.size(0), false));
  scale_ = scale;
  seed_ = seed;
  dropout_ = std::move(dropout);
}

void LinearImpl::remove_adapter() {
  unregister_module("lora_A");
  unregister_module("lora_B");
  lora_A = lora_B = nullptr;
}

torch::Tensor LinearImpl::merged() const {
  const auto wide = [](const torch::Tensor& x) { return x.to(torch::kFloat32); };
  return wide(weight) + torch::matmul(wide(lora_B->weight), wide(lora_A->weight)) * scale_;
}

torch::Tensor LinearImpl::dropped(const torch::Tensor& x) const {
  if (!is_training() || dropout_->rate == 0) return x;
  at::Generator generator = at::globalContext().defaultGenerator(x.device()).clone();
  generator.set_current_seed(configs::derive_seed(seed_, "pass", dropout_->pass));
  const double kept = 1 - dropout_->rate;
  return x * torch::empty_like(x).bernoulli_(kept, generator).div_(kept);
}

std::vector<torch::Tensor> linears(const torch::Tensor& x, std::initializer_list<Linear> layers) {
  const bool small = std::all_of(layers.begin(), layers.end(), [&](const Linear& layer) {
    return !layer->bias.defined() && !layer->has_adapter() && is_small_linear(x, layer->weight);
  });
  std::vector<torch::Tensor> results;
  if (!small) {
    for (Linear layer : layers) results.push_back(layer(x));
    return results;
  }
  std::vector<std::int64_t> shape = x.sizes().vec();
  std::vector<SmallProduct> products;
  const torch::Tensor rows = x.contiguous();
  for (const Linear& layer : layers) {
    shape.back() = layer->weight.size(0);
    results.push_back(torch::empty(shape, x.options()));
    products.push_back({rows, layer->weight, results.back(), x.numel() / x.size(-1)});
  }
  small_products(products);
  return results;
}

LayerNormImpl::LayerNormImpl(std::int64_t size, double eps_in) : eps(eps_in) {
  weight = register_parameter("weight", unallocated({size}));
  bias = register_parameter("bias", unallocated({size}));
}

torch::Tensor LayerNormImpl::forward(const torch::Tensor& x) {
  return torch::layer_norm(x, weight.sizes(), weight, bias, eps);
}

LayerNorm2dImpl::LayerNorm2dImpl(std::int64_t channels, double eps_in) : eps(eps_in) {
  weight = register_parameter("weight", unallocated({channels}));
  bias = register_parameter("bias", unallocated({channels}));
}

torch::Tensor LayerNorm2dImpl::forward(const torch::Tensor& x) {
  return torch::layer_norm(x.permute({0, 2, 3, 1}), weight.sizes(), weight, bias, eps)
      .permute({0, 3, 1, 2});
}

RmsNormImpl::RmsNormImpl(std::int64_t size, double eps_in) : eps(eps_in) {
  weight = register_parameter("weight", unallocated({size}));
}

torch::Tensor RmsNormImpl::forward(const torch::Tensor& x) {
  const bool gradient = torch::GradMode::is_enabled() && weight.requires_grad();
  const bool same = weight.scalar_type() == x.scalar_type(), plain = same && !gradient;
  if (plain && is_small_rows(x)) return rms_norm_rows(x, weight, eps);
  if (same && is_training_rows(x)) return rms_norm(x, weight, eps);
  // One kernel for seven; of bfloat16 it rounds once, not twice.
  if (plain && x.is_cuda()) return torch::rms_norm(x, weight.sizes(), weight, eps);
  const torch::Tensor wide = x.to(torch::kFloat32);
  const torch::Tensor normal = wide * torch::rsqrt(wide.square().mean(-1, true) + eps);
  return normal.to(x.scalar_type()) * weight;
}

EmbeddingImpl::EmbeddingImpl(std::int64_t count, std::int64_t size) {
  weight = register_parameter("weight", unallocated({count, size}));
}

torch::Tensor EmbeddingImpl::forward(const torch::Tensor& ids) {
  return torch::embedding(weight, ids);
}

Conv2dImpl::Conv2dImpl(const Options& options) : stride(options.stride), padding(options.padding) {
  weight = register_parameter(
      "weight", unallocated({options.out, options.in, options.kernel, options.kernel}));
  if (options.has_bias) bias = register_parameter("bias", unallocated({options.out}));
}

torch::Tensor Conv2dImpl::forward(const torch::Tensor& x) {
  return torch::conv2d(x, weight, bias, stride, padding);
}

std::vector<torch::Tensor> split_heads(const torch::Tensor& x_BLD, std::int64_t parts,
                                       std::int64_t num_heads) {
  const std::int64_t size = x_BLD.size(-1) / (parts * num_heads);
  return x_BLD.view({x_BLD.size(0), x_BLD.size(1), parts, num_heads, size})
      .permute({2, 0, 3, 1, 4})
      .unbind(0);
}

torch::Tensor join_heads(const torch::Tensor& x_BHLC) { return x_BHLC.transpose(1, 2).flatten(2); }

std::int64_t square_side(std::int64_t count) {
  const auto side = static_cast<std::int64_t>(std::lround(std::sqrt(static_cast<double>(count))));
  TORCH_CHECK(side * side == count, "expected a square of tokens, got ", count);
  return side;
}

torch::Tensor resize_grid(const torch::Tensor& grid_1NNC, std::int64_t side) {
  if (grid_1NNC.size(1) == side) return grid_1NNC;
  const auto options = F::InterpolateFuncOptions()
                           .size(std::vector<std::int64_t>{side, side})
                           .mode(torch::kBicubic)
                           .antialias(true)
                           .align_corners(false);
  return F::interpolate(grid_1NNC.permute({0, 3, 1, 2}).to(torch::kFloat32), options)
      .to(grid_1NNC.scalar_type())
      .permute({0, 2, 3, 1});
}

}  // namespace dsocr::model
