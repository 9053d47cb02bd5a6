#include "model/init.h"

#include <ATen/Parallel.h>

#include <cmath>
#include <string>

#include "configs/error.h"
#include "configs/seed.h"

namespace dsocr::model {
namespace {

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// Norm layers are the only weights with one axis.
bool is_norm(const std::string& name, const torch::Tensor& shape) {
  return ends_with(name, ".weight") && shape.dim() == 1;
}

torch::Tensor draw(const std::string& name, const torch::Tensor& shape, std::uint64_t seed) {
  const auto options = torch::dtype(torch::kFloat32);
  if (ends_with(name, ".bias")) return torch::zeros(shape.sizes(), options);
  if (is_norm(name, shape)) return torch::ones(shape.sizes(), options);
  auto generator =
      at::make_generator<at::CPUGeneratorImpl>(configs::derive_seed(seed, "model.init." + name));
  torch::Tensor values = torch::empty(shape.sizes(), options);
  if (ends_with(name, ".mlp.gate.weight")) {
    const double bound = 1 / std::sqrt(static_cast<double>(shape.size(1)));
    return values.uniform_(-bound, bound, generator);
  }
  const bool lone_vector = shape.dim() == 1;
  return values.normal_(0, lone_vector ? 1 / std::sqrt(static_cast<double>(shape.size(0))) : 0.02,
                        generator);
}

}  // namespace

void init_weights(DeepseekOcrImpl& model, std::uint64_t seed, torch::ScalarType dtype) {
  auto parameters = model.named_parameters();
  // One generator each, so that they can be drawn in any order.
  at::parallel_for(0, static_cast<std::int64_t>(parameters.size()), 1,
                   [&](std::int64_t begin, std::int64_t end) {
                     const torch::NoGradGuard no_grad;
                     for (std::int64_t i = begin; i < end; ++i) {
                       auto& item = parameters[static_cast<size_t>(i)];
                       item.value().set_data(draw(item.key(), item.value(), seed).to(dtype));
                     }
                   });
}

void pass_vision_through(DeepseekOcrImpl& model) {
  constexpr double kRest = 0.1;
  const torch::NoGradGuard no_grad;
  const auto identity = [](const torch::Tensor& place, std::int64_t size) {
    place.narrow(0, 0, size).add_(torch::eye(size, place.options()));
  };
  for (const Conv2d& convolution : {model.model->sam_model->net_2, model.model->sam_model->net_3}) {
    torch::Tensor weight = convolution->weight;  // [out, in, 3, 3]
    const std::int64_t share = weight.size(0) / 4, channels = weight.size(1);
    if (share < channels)
      throw configs::ConfigError("sam.downsample_sizes",
                                 "a convolution gives " + std::to_string(weight.size(0)) +
                                     " channels: " + std::to_string(channels) +
                                     " of four places do not fit side by side");
    weight.mul_(kRest);
    // With stride 2 and padding 1, rows and columns 1 and 2 of the kernel see the four places.
    for (std::int64_t place = 0; place < 4; ++place)
      identity(
          weight.narrow(0, place * share, share).select(3, 1 + place % 2).select(2, 1 + place / 2),
          channels);
  }
  torch::Tensor weight = model.model->projector->layers->weight;  // [D, CLIP and SAM]
  const std::int64_t of_sam = model.config.sam.downsample_sizes.back();
  if (weight.size(0) < of_sam)
    throw configs::ConfigError("decoder.hidden_size",
                               std::to_string(of_sam) + " channels of SAM do not fit into a token");
  weight.mul_(kRest);
  identity(weight.narrow(1, weight.size(1) - of_sam, of_sam), of_sam);
}

void take_encoder(DeepseekOcrImpl& model, const DeepseekOcrImpl& from) {
  const torch::NoGradGuard no_grad;
  const auto parameters = from.named_parameters();
  for (auto& item : model.named_parameters()) {
    const std::string& name = item.key();
    if (!name.starts_with("model.sam_model.") && !name.starts_with("model.vision_model.") &&
        !name.starts_with("model.projector."))
      continue;
    const torch::Tensor* other = parameters.find(name);
    if (other == nullptr || other->sizes() != item.value().sizes())
      throw configs::ConfigError("encoder", name + " has another shape there");
    item.value().copy_(*other);
  }
}

}  // namespace dsocr::model
