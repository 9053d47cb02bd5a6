#include "model/init.h"

#include <ATen/Parallel.h>

#include <cmath>
#include <string>

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

}  // namespace dsocr::model
