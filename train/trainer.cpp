#include "train/trainer.h"

#include <cmath>
#include <stdexcept>

#include "train/schedule.h"

namespace dsocr::train {
namespace {

model::DeepseekOcr prepared(model::DeepseekOcr network, const TrainConfig& config) {
  model::freeze(*network, config.freeze);
  network->train();
  return network;
}

[[noreturn]] void refuse(const char* what, std::int64_t step, std::span<const TrainBatch> batches) {
  std::string ids;
  for (const TrainBatch& batch : batches)
    for (const std::string& id : batch.ids) ids += (ids.empty() ? "" : ", ") + id;
  throw std::runtime_error("step " + std::to_string(step) + ": the " + what +
                           " is not finite; pages: " + ids);
}

}  // namespace

Trainer::Trainer(model::DeepseekOcr network, const TrainConfig& config)
    : network_(prepared(std::move(network), config)),
      config_(config),
      optimizer_(*network_, config.optimizer) {}

StepNumbers Trainer::step(std::span<const TrainBatch> batches, std::int64_t step) {
  StepNumbers numbers;
  for (const TrainBatch& batch : batches) {
    numbers.num_labels += batch.num_labels;
    numbers.num_tokens += batch.num_tokens;
    numbers.num_pages += static_cast<std::int64_t>(batch.ids.size());
  }
  optimizer_.zero_gradients();
  for (const TrainBatch& on_cpu : batches) {
    const TrainBatch batch = to_device(on_cpu, network_->device());
    const model::DeepseekOcrImpl::Result result = network_->forward(batch.sequences);
    torch::Tensor loss =
        torch::cross_entropy_loss(result.logits_BTV, batch.labels_N, {}, at::Reduction::Sum) /
        static_cast<double>(numbers.num_labels);
    numbers.loss += loss.item<double>();
    const double share =
        static_cast<double>(batch.ids.size()) / static_cast<double>(numbers.num_pages);
    for (const torch::Tensor& aux : result.aux_losses) {
      loss = loss + aux * share;
      numbers.aux_loss += aux.item<double>() * share;
    }
    loss.backward();
  }
  if (!std::isfinite(numbers.loss)) refuse("loss", step, batches);
  numbers.grad_norm = optimizer_.clip_gradients();
  if (!std::isfinite(numbers.grad_norm)) refuse("norm of the gradients", step, batches);
  const double share = rate_share(config_.schedule, step, config_.steps);
  numbers.rate = config_.optimizer.rate * share;
  optimizer_.step(share);
  return numbers;
}

}  // namespace dsocr::train
