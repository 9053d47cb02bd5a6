#include "train/trainer.h"

#include <cmath>
#include <stdexcept>

#include "configs/error.h"
#include "configs/seed.h"
#include "model/lora.h"
#include "train/schedule.h"

namespace dsocr::train {
namespace {

model::DeepseekOcr prepared(model::DeepseekOcr network, const TrainConfig& config) {
  if (network->lora && config.lora.rank != network->lora->rank)
    throw configs::ConfigError("lora.rank", "the model has adapters of rank " +
                                                std::to_string(network->lora->rank) +
                                                "; `dsocr model merge` makes weights of them");
  if (config.lora.rank > 0 && !config.freeze.empty())
    throw configs::ConfigError("freeze", "adapters are trained alone: leave it empty");
  if (config.lora.rank == 0)
    model::freeze(*network, config.freeze);
  else if (!network->lora)
    model::add_lora(*network, config.lora, config.seed);
  network->set_recomputes(config.recompute);
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

std::vector<std::vector<double>> shares_of(const torch::Tensor& loads, std::size_t layers) {
  std::vector<std::vector<double>> shares;
  if (layers == 0) return shares;
  for (const torch::Tensor& load : loads.view({static_cast<std::int64_t>(layers), -1}).unbind()) {
    const torch::Tensor share = load / load.sum();
    const double* begin = share.const_data_ptr<double>();
    shares.emplace_back(begin, begin + share.numel());
  }
  return shares;
}

}  // namespace

Trainer::Trainer(model::DeepseekOcr network, const TrainConfig& config, Group& group)
    : network_(prepared(std::move(network), config)),
      config_(config),
      group_(group),
      optimizer_(*network_, config.optimizer, group, config.parallel.shard_optimizer),
      sums_(optimizer_.parameters(), group,
            static_cast<std::int64_t>(config.parallel.bucket_mib * (1 << 20))) {}

StepNumbers Trainer::step(std::span<const TrainBatch> batches, std::int64_t step) {
  StepNumbers numbers = count(batches);
  const auto process = static_cast<std::uint64_t>(group_.rank());
  const std::uint64_t step_seed =
      configs::derive_seed(config_.seed, "train.step", static_cast<std::uint64_t>(step));
  optimizer_.zero_gradients();
  double loss_sum = 0, aux_sum = 0;
  std::vector<torch::Tensor> loads;
  for (std::size_t i = 0; i < batches.size(); ++i) {
    TrainBatch batch = to_device(batches[i], network_->device());
    batch.sequences.labels_N = batch.labels_N;
    model::set_dropout_pass(*network_,
                            configs::derive_seed(step_seed, "pass", process * batches.size() + i));
    const model::DeepseekOcrImpl::Result result = network_->forward(batch.sequences);
    torch::Tensor loss = result.loss / static_cast<double>(numbers.num_labels);
    loss_sum += loss.item<double>();
    const double share =
        static_cast<double>(batch.ids.size()) / static_cast<double>(numbers.num_pages);
    for (const torch::Tensor& aux : result.aux_losses) {
      loss = loss + aux * share;
      aux_sum += aux.item<double>() * share;
    }
    sums_.begin(/*last=*/i + 1 == batches.size());
    loss.backward();
    for (std::size_t layer = 0; layer < result.loads_E.size(); ++layer) {
      if (i == 0) loads.push_back(torch::zeros_like(result.loads_E[layer]));
      loads[layer] += result.loads_E[layer].detach();
    }
  }
  sums_.finish();
  std::vector<torch::Tensor> own{torch::tensor({loss_sum, aux_sum}, torch::kFloat64)};
  for (const torch::Tensor& load : loads) own.push_back(load.to(torch::kCPU, torch::kFloat64));
  const torch::Tensor all = torch::cat(own);
  group_.sum(all, "the losses of a step");
  numbers.loss = all[0].item<double>();
  numbers.aux_loss = all[1].item<double>();
  numbers.expert_shares = shares_of(all.narrow(0, 2, all.numel() - 2), loads.size());
  if (!std::isfinite(numbers.loss)) refuse("loss", step, batches);
  numbers.gradients = optimizer_.clip_gradients();
  if (!std::isfinite(numbers.gradients.total)) refuse("norm of the gradients", step, batches);
  const double share = rate_share(config_.schedule, step, config_.steps);
  numbers.rate = config_.optimizer.rate * share;
  optimizer_.step(share);
  return numbers;
}

StepNumbers Trainer::count(std::span<const TrainBatch> batches) {
  const torch::Tensor counts = torch::zeros({3}, torch::kInt64);
  auto* own = counts.data_ptr<std::int64_t>();
  for (const TrainBatch& batch : batches) {
    own[0] += batch.num_labels;
    own[1] += batch.num_tokens;
    own[2] += static_cast<std::int64_t>(batch.ids.size());
  }
  group_.sum(counts, "the size of a step");
  StepNumbers numbers;
  numbers.num_labels = own[0];
  numbers.num_tokens = own[1];
  numbers.num_pages = own[2];
  return numbers;
}

}  // namespace dsocr::train
