#pragma once

#include <span>
#include <string>

#include "train/batch.h"
#include "train/config.h"
#include "train/optimizer.h"
#include "train/parallel/gradients.h"

namespace dsocr::train {

/// What one step was like, over all processes.
struct StepNumbers {
  double loss = 0;               // mean over the labels of all its batches
  double aux_loss = 0;           // of the experts' balance, mean over sequences
  GradientNorms gradients = {};  // before they were cut
  double rate = 0;               // learning rate
  std::int64_t num_pages = 0, num_tokens = 0, num_labels = 0;
  // Of each MoE layer: how often its experts were chosen, as shares of all choices.
  std::vector<std::vector<double>> expert_shares = {};
};

/// Trains a network in place, in each process of a group the same one with its own batches.
class Trainer {
 public:
  /// Freezes by the config, or adds its adapters where the network has none yet. Throws
  /// configs::ConfigError.
  /// The group must outlive the trainer.
  Trainer(model::DeepseekOcr network, const TrainConfig& config, Group& group);

  /// One update from all batches of all processes together, of which each has as many. Throws
  /// std::runtime_error that names the step and this process's pages when a loss or a gradient is
  /// not finite; the weights are then as before. Throws GroupError.
  StepNumbers step(std::span<const TrainBatch> batches, std::int64_t step);

  model::DeepseekOcrImpl& network() { return *network_; }
  AdamW& optimizer() { return optimizer_; }

 private:
  // Labels, tokens and pages of all processes.
  StepNumbers count(std::span<const TrainBatch> batches);

  model::DeepseekOcr network_;
  TrainConfig config_;
  Group& group_;
  AdamW optimizer_;
  GradientSums sums_;
};

}  // namespace dsocr::train
