#include "train/trainer.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <tuple>

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
  if (config.loss.text == 0 && !config.loss.has_heads())
    throw configs::ConfigError("loss", "nothing is learnt: all its weights are 0");
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
      heads_(add_glyph_heads(*network_, config.loss, config.seed)),
      group_(group),
      optimizer_(*network_, config.optimizer, group, config.parallel.shard_optimizer),
      sums_(optimizer_.parameters(), group,
            static_cast<std::int64_t>(config.parallel.bucket_mib * (1 << 20))) {}

model::DeepseekOcrImpl::Result Trainer::forward(const TrainBatch& batch,
                                                const model::Trace& trace) {
  if (config_.loss.text > 0) return network_->forward(batch.sequences, trace);
  std::vector<model::PageInput> pages;
  for (const auto& of_row : batch.sequences.pages)
    pages.insert(pages.end(), of_row.begin(), of_row.end());
  network_->encode_each(pages, trace);
  return {
      .logits_BTV = {}, .loss = torch::zeros({}, torch::kFloat64), .aux_losses = {}, .loads_E = {}};
}

StepNumbers Trainer::step(std::span<const TrainBatch> batches, std::int64_t step) {
  StepNumbers numbers = count(batches);
  const auto process = static_cast<std::uint64_t>(group_.rank());
  const std::uint64_t step_seed =
      configs::derive_seed(config_.seed, "train.step", static_cast<std::uint64_t>(step));
  optimizer_.zero_gradients();
  double loss_sum = 0, aux_sum = 0;
  const torch::Tensor glyph_sums = torch::zeros({4}, torch::kFloat64);  // losses, right ones
  std::vector<torch::Tensor> loads;
  for (std::size_t i = 0; i < batches.size(); ++i) {
    TrainBatch batch = to_device(batches[i], network_->device());
    batch.sequences.labels_N = batch.labels_N;
    model::set_dropout_pass(*network_,
                            configs::derive_seed(step_seed, "pass", process * batches.size() + i));
    GlyphHeadsImpl::Features features;
    const auto result = forward(batch, heads_ ? features.trace() : model::Trace());
    torch::Tensor loss = result.loss / static_cast<double>(numbers.num_labels);
    loss_sum += loss.item<double>();
    loss = loss * config_.loss.text;
    if (heads_) {
      const GlyphHeadsImpl::Readings readings = heads_->read(features, batch);
      auto* sums = glyph_sums.data_ptr<double>();
      for (const auto& [reading, weight, at] :
           {std::tuple{readings.patches, config_.loss.patches, 0},
            {readings.tokens, config_.loss.tokens, 2}}) {
        if (!reading.loss.defined()) continue;
        sums[at] += reading.loss.item<double>();
        sums[at + 1] += static_cast<double>(reading.right);
        loss = loss + reading.loss * (weight / static_cast<double>(numbers.num_glyphs));
      }
    }
    const double share =
        static_cast<double>(batch.ids.size()) / static_cast<double>(numbers.num_pages);
    for (const torch::Tensor& aux : result.aux_losses) {
      loss = loss + aux * share;
      aux_sum += aux.item<double>() * share;
    }
    sums_.begin(/*last=*/i + 1 == batches.size());
    if (loss.requires_grad()) loss.backward();  // not of blank pages without text
    for (std::size_t layer = 0; layer < result.loads_E.size(); ++layer) {
      if (i == 0) loads.push_back(torch::zeros_like(result.loads_E[layer]));
      loads[layer] += result.loads_E[layer].detach();
    }
  }
  sums_.finish();
  std::vector<torch::Tensor> own{torch::tensor({loss_sum, aux_sum}, torch::kFloat64)};
  own.push_back(glyph_sums);
  for (const torch::Tensor& load : loads) own.push_back(load.to(torch::kCPU, torch::kFloat64));
  const torch::Tensor all = torch::cat(own);
  group_.sum(all, "the losses of a step");
  numbers.loss = all[0].item<double>();
  numbers.aux_loss = all[1].item<double>();
  numbers.expert_shares = shares_of(all.narrow(0, 6, all.numel() - 6), loads.size());
  for (auto& [glyphs, at] : {std::pair{&numbers.patches, 2}, {&numbers.vision_tokens, 4}}) {
    const auto count = static_cast<double>(std::max<std::int64_t>(1, numbers.num_glyphs));
    *glyphs = {all[at].item<double>() / count, all[at + 1].item<double>() / count};
  }
  if (!std::isfinite(numbers.loss)) refuse("loss", step, batches);
  numbers.gradients = optimizer_.clip_gradients();
  if (!std::isfinite(numbers.gradients.total)) refuse("norm of the gradients", step, batches);
  const double share = rate_share(config_.schedule, step, config_.steps);
  numbers.rate = config_.optimizer.rate * share;
  optimizer_.step(share);
  return numbers;
}

StepNumbers Trainer::count(std::span<const TrainBatch> batches) {
  const torch::Tensor counts = torch::zeros({4}, torch::kInt64);
  auto* own = counts.data_ptr<std::int64_t>();
  for (const TrainBatch& batch : batches) {
    own[0] += batch.num_labels;
    own[1] += batch.num_tokens;
    own[2] += static_cast<std::int64_t>(batch.ids.size());
    own[3] += static_cast<std::int64_t>(batch.glyphs.size());
  }
  group_.sum(counts, "the size of a step");
  StepNumbers numbers;
  numbers.num_labels = own[0];
  numbers.num_tokens = own[1];
  numbers.num_pages = own[2];
  numbers.num_glyphs = own[3];
  return numbers;
}

}  // namespace dsocr::train
