#include "train/average.h"

#include <algorithm>
#include <stdexcept>

namespace dsocr::train {

WeightAverage::WeightAverage(const model::DeepseekOcrImpl& model, double decay) : decay_(decay) {
  for (const auto& item : model.named_parameters())
    if (item.value().requires_grad())
      items_.push_back({item.key(), item.value(),
                        item.value().detach().to(torch::kFloat32, /*non_blocking=*/false,
                                                 /*copy=*/true)});
}

void WeightAverage::update(std::int64_t steps) {
  const torch::NoGradGuard no_grad;
  const auto count = static_cast<double>(steps);
  const double decay = std::min(decay_, (1 + count) / (10 + count));
  for (Item& item : items_) item.average.lerp_(item.weight.to(torch::kFloat32), 1 - decay);
}

WeightAverage::InPlace::InPlace(WeightAverage* average) : average_(average) {
  if (!average_) return;
  for (Item& item : average_->items_) {
    weights_.push_back(item.weight.detach());
    item.weight.set_data(item.average.to(item.weight.scalar_type()));
  }
}

WeightAverage::InPlace::~InPlace() {
  for (std::size_t i = 0; i < weights_.size(); ++i)
    average_->items_[i].weight.set_data(weights_[i]);
}

std::vector<model::NamedTensor> WeightAverage::state() const {
  std::vector<model::NamedTensor> state;
  for (const Item& item : items_) state.push_back({item.name, item.average});
  return state;
}

void WeightAverage::set_state(const model::SafetensorsFile& file) {
  const torch::NoGradGuard no_grad;
  for (Item& item : items_) {
    const torch::Tensor saved = file.tensor(item.name);
    if (saved.sizes() != item.average.sizes())
      throw std::runtime_error(file.file().string() + ": " + item.name + " has another shape");
    item.average.copy_(saved);
  }
}

}  // namespace dsocr::train
