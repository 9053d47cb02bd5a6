#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "data/pipeline/page_loader.h"
#include "train/optimizer.h"

namespace dsocr::train {

/// Where a run stands behind a number of steps.
struct RunState {
  std::int64_t steps = 0;
  std::int64_t num_tokens = 0, num_pages = 0;  // seen so far
  data::LoaderState data = {};
};

/// Checkpoints of a run: folders step-00000200 with config.json, weights and tokenizer.json as
/// Hugging Face reads them, optimizer.safetensors and state.json.
class Checkpoints {
 public:
  Checkpoints(std::filesystem::path folder, std::int64_t keep)
      : folder_(std::move(folder)), keep_(keep) {}

  /// Writes one so that it is there whole or not at all, then removes the oldest beyond `keep`.
  /// Throws model::WeightsError or std::filesystem::filesystem_error, a full disk for one; what was
  /// there before stays.
  std::filesystem::path save(const model::DeepseekOcrImpl& model, const AdamW& optimizer,
                             const RunState& state, const std::filesystem::path& tokenizer);

  /// The newest; nothing in a folder without one.
  std::optional<std::filesystem::path> newest() const;

 private:
  std::vector<std::filesystem::path> all() const;  // oldest first

  std::filesystem::path folder_;
  std::int64_t keep_;
};

/// Reads state.json and the optimizer's state. Throws std::runtime_error naming the file.
RunState restore(const std::filesystem::path& checkpoint, AdamW& optimizer);

}  // namespace dsocr::train
