#include "train/trainer.h"

#include <algorithm>
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
  if (config.loss.text == 0 && !config.loss.has_heads())
    throw configs::ConfigError("loss", "nothing is learnt: all its weights are 0");
  const LossConfig& loss = config.loss;
  const std::int64_t asked_layers =
      std::max(loss.places > 0 ? loss.places_layer : 0, loss.ahead > 0 ? loss.ahead_layer : 0);
  if (loss.in_decoder() &&
      (loss.text == 0 || config.recompute || asked_layers > network->config.decoder.num_layers))
    throw configs::ConfigError("loss",
                               "places, ahead and spelling ask for a decoder that runs, with text, "
                               "without recompute, and has so many layers");
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

// How often each head is asked in a step.
std::array<double, kHeadNames.size()> asked_in(const StepNumbers& step) {
  const auto glyphs = static_cast<double>(step.num_glyphs);
  const auto places = static_cast<double>(step.num_places);
  return {glyphs, glyphs, static_cast<double>(step.num_pages), places, places, places};
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
  const std::array weights{config_.loss.patches, config_.loss.tokens, config_.loss.codes,
                           config_.loss.places,  config_.loss.ahead,  config_.loss.spelling};
  const std::array asked = asked_in(numbers);
  optimizer_.zero_gradients();
  std::vector<torch::Tensor> loads;
  for (std::size_t i = 0; i < batches.size(); ++i) {
    TrainBatch batch = to_device(batches[i], network_->device());
    batch.sequences.labels_N = batch.labels_N;
    model::set_dropout_pass(*network_,
                            configs::derive_seed(step_seed, "pass", process * batches.size() + i));
    GlyphHeadsImpl::Features features;
    const auto result = forward(batch, heads_ ? heads_->trace_into(features) : model::Trace());
    torch::Tensor loss = result.loss / static_cast<double>(numbers.num_labels);
    numbers.loss += loss.item<double>();
    loss = loss * config_.loss.text;
    if (heads_) {
      const GlyphHeadsImpl::Readings readings = heads_->read(features, batch);
      for (std::size_t head = 0; head < readings.size(); ++head) {
        if (!readings[head].loss.defined() || asked[head] == 0) continue;
        const torch::Tensor mean = readings[head].loss / asked[head];
        numbers.heads[head].loss += mean.item<double>();
        numbers.heads[head].accuracy += readings[head].right / asked[head];
        loss = loss + mean * weights[head];
      }
    }
    const double share =
        static_cast<double>(batch.ids.size()) / static_cast<double>(numbers.num_pages);
    for (const torch::Tensor& aux : result.aux_losses) {
      loss = loss + aux * share;
      numbers.aux_loss += aux.item<double>() * share;
    }
    sums_.begin(/*last=*/i + 1 == batches.size());
    if (loss.requires_grad()) loss.backward();  // not of blank pages without text
    for (std::size_t layer = 0; layer < result.loads_E.size(); ++layer) {
      if (i == 0) loads.push_back(torch::zeros_like(result.loads_E[layer]));
      loads[layer] += result.loads_E[layer].detach();
    }
  }
  sums_.finish();
  add_up(numbers, loads);
  if (!std::isfinite(numbers.loss)) refuse("loss", step, batches);
  numbers.gradients = optimizer_.clip_gradients();
  if (!std::isfinite(numbers.gradients.total)) refuse("norm of the gradients", step, batches);
  const double share = rate_share(config_.schedule, step, config_.steps);
  numbers.rate = config_.optimizer.rate * share;
  optimizer_.step(share);
  return numbers;
}

void Trainer::add_up(StepNumbers& numbers, std::span<const torch::Tensor> loads) {
  std::vector<double*> sums{&numbers.loss, &numbers.aux_loss};
  for (HeadNumbers& head : numbers.heads) sums.insert(sums.end(), {&head.loss, &head.accuracy});
  const torch::Tensor own = torch::empty({static_cast<std::int64_t>(sums.size())}, torch::kFloat64);
  for (std::size_t i = 0; i < sums.size(); ++i) own.data_ptr<double>()[i] = *sums[i];
  std::vector<torch::Tensor> parts{own};
  for (const torch::Tensor& load : loads) parts.push_back(load.to(torch::kCPU, torch::kFloat64));
  const torch::Tensor all = torch::cat(parts);
  group_.sum(all, "the losses of a step");
  for (std::size_t i = 0; i < sums.size(); ++i) *sums[i] = all.data_ptr<double>()[i];
  numbers.expert_shares =
      shares_of(all.narrow(0, own.numel(), all.numel() - own.numel()), loads.size());
}

StepNumbers Trainer::count(std::span<const TrainBatch> batches) {
  const torch::Tensor counts = torch::zeros({5}, torch::kInt64);
  auto* own = counts.data_ptr<std::int64_t>();
  for (const TrainBatch& batch : batches) {
    own[0] += batch.num_labels;
    own[1] += batch.num_tokens;
    own[2] += static_cast<std::int64_t>(batch.ids.size());
    own[3] += std::count_if(batch.glyphs.begin(), batch.glyphs.end(),
                            [](const TrainBatch::Glyph& glyph) { return glyph.learnt; });
    own[4] += static_cast<std::int64_t>(batch.first_glyphs.size());
  }
  group_.sum(counts, "the size of a step");
  StepNumbers numbers;
  numbers.num_labels = own[0];
  numbers.num_tokens = own[1];
  numbers.num_pages = own[2];
  numbers.num_glyphs = own[3];
  numbers.num_places = own[4];
  return numbers;
}

}  // namespace dsocr::train
