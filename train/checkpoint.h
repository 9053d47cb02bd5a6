#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "data/pipeline/page_loader.h"
#include "train/average.h"
#include "train/glyph_heads.h"
#include "train/optimizer.h"

namespace dsocr::train {

/// Where a run stands behind a number of steps.
struct RunState {
  std::int64_t steps = 0;
  std::int64_t num_tokens = 0, num_pages = 0;  // seen so far
  std::optional<double> best_loss = {};        // of the validations so far
  std::vector<data::LoaderState> data = {};    // of each process
};

/// Checkpoints of a run: folders step-00000200 with the network as Hugging Face reads it, or its
/// adapters as PEFT does, tokenizer.json, the averaged weights in average/, and what a run needs to
/// go on: optimizer.safetensors, average.safetensors, glyph_heads.safetensors, state.json. best/
/// has the weights alone.
class Checkpoints {
 public:
  struct Files {
    std::filesystem::path folder;     // of all checkpoints
    std::filesystem::path base;       // of the weights below adapters
    std::filesystem::path tokenizer;  // that is copied beside the weights
  };
  Checkpoints(Files files, std::int64_t keep, bool writes)
      : files_(std::move(files)), keep_(keep), writes_(writes) {}

  /// All processes of a run call it, the first writes. Writes one so that it is there whole or not
  /// at all, then removes the oldest beyond `keep`. Throws model::WeightsError or
  /// std::filesystem::filesystem_error, a full disk for one; what was there before stays. `average`
  /// and `heads` may be null.
  void save(const model::DeepseekOcrImpl& model, const AdamW& optimizer, WeightAverage* average,
            const GlyphHeads& heads, const RunState& state);

  /// The first process puts the weights, as they are, in the place of those that were best so far.
  void save_best(const model::DeepseekOcrImpl& model);

  /// The newest; nothing in a folder without one.
  std::optional<std::filesystem::path> newest() const;

 private:
  std::vector<std::filesystem::path> all() const;  // oldest first
  void write_weights(const model::DeepseekOcrImpl& model,
                     const std::filesystem::path& folder) const;
  template <class Write>
  void replace(const std::filesystem::path& target, Write write) const;

  Files files_;
  std::int64_t keep_;
  bool writes_;
};

/// Reads state.json and the states of optimizer and average, which may be null. Throws
/// std::runtime_error naming the file.
RunState restore(const std::filesystem::path& checkpoint, AdamW& optimizer, WeightAverage* average);

}  // namespace dsocr::train
