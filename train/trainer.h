#pragma once

#include <span>
#include <string>

#include "train/batch.h"
#include "train/optimizer.h"

namespace dsocr::train {

/// What one step was like.
struct StepNumbers {
  double loss = 0;       // mean over the labels of all its batches
  double aux_loss = 0;   // of the experts' balance, mean over sequences
  double grad_norm = 0;  // before it was cut
  double rate = 0;       // learning rate
  std::int64_t num_pages = 0, num_tokens = 0, num_labels = 0;
};

/// Trains a network in place.
class Trainer {
 public:
  /// Freezes by the config. Throws configs::ConfigError.
  Trainer(model::DeepseekOcr network, const TrainConfig& config);

  /// One update from all batches together. Throws std::runtime_error that names the step and the
  /// pages when a loss or a gradient is not finite; the weights are then as before.
  StepNumbers step(std::span<const TrainBatch> batches, std::int64_t step);

  model::DeepseekOcrImpl& network() { return *network_; }
  AdamW& optimizer() { return optimizer_; }

 private:
  model::DeepseekOcr network_;
  TrainConfig config_;
  AdamW optimizer_;
};

}  // namespace dsocr::train
