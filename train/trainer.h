#pragma once

#include <array>
#include <span>
#include <string>

#include "train/batch.h"
#include "train/config.h"
#include "train/glyph_heads.h"
#include "train/optimizer.h"
#include "train/parallel/gradients.h"

namespace dsocr::train {

/// How a head does; of no glyphs both are 0.
struct HeadNumbers {
  double loss = 0, accuracy = 0;  // means over glyphs, of places over ids that write a glyph
};

/// What one step was like, over all processes.
struct StepNumbers {
  double loss = 0;               // mean over the labels of all its batches
  double aux_loss = 0;           // of the experts' balance, mean over sequences
  GradientNorms gradients = {};  // before they were cut
  double rate = 0;               // learning rate
  std::int64_t num_pages = 0, num_tokens = 0, num_labels = 0;
  // Of each MoE layer: how often its experts were chosen, as shares of all choices.
  std::vector<std::vector<double>> expert_shares = {};
  std::int64_t num_glyphs = 0, num_places = 0;
  std::array<HeadNumbers, kHeadNames.size()> heads = {};
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
  GlyphHeads& glyph_heads() { return heads_; }  // null without

 private:
  // The sum of the losses of a batch's texts and of the experts; without weight no decoder runs.
  model::DeepseekOcrImpl::Result forward(const TrainBatch& batch, const model::Trace& trace);
  // From sums of this process to sums of all.
  void add_up(StepNumbers& numbers, std::span<const torch::Tensor> loads);
  // Labels, glyphs, tokens and pages of all processes.
  StepNumbers count(std::span<const TrainBatch> batches);

  model::DeepseekOcr network_;
  TrainConfig config_;
  GlyphHeads heads_;
  Group& group_;
  AdamW optimizer_;
  GradientSums sums_;
};

}  // namespace dsocr::train
