#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "experiments/timing.h"

namespace dsocr {

/// What the stages of a network are timed on: B views of one fixed picture, each followed by the
/// same text ids. tests/bench/reference_model.py works on the same.
struct StageInputs {
  std::string folder;
  std::string dtype;  // float32 or bfloat16; empty: as in the checkpoint
  std::string device = "cpu";
  std::int64_t view_side = 1024;  // pixels
  std::int64_t batch = 1;
  std::int64_t prompt_tokens = 8;  // text ids after the image
  std::int64_t new_tokens = 16;
  std::int64_t page_tokens = 0;  // of whole pages, 0: none are read
  size_t repeats = 3;
};

/// One stage, ours or the reference's.
struct StageRun {
  Timings seconds;  // of every repeat; in decode of every step of every repeat
  double work;      // views, prompt tokens or new tokens of one entry of `seconds`
  std::optional<std::uint64_t> peak_bytes;  // resident after the warm-up, with the weights
  /// What was computed. encode: mean magnitude of each vector of a view; prefill: of the logits;
  /// decode: the tokens of the first row, the prefill's first.
  std::vector<double> values;
};

/// The stages of a checkpoint's network, each as `generate` runs it. Every one is repeated once
/// more to warm up; `done` is called after each repeat.
class ModelStages {
 public:
  using Done = std::function<void()>;

  /// Throws model::WeightsError, or configs::ConfigError for a dtype or device that is not there
  /// and for more tokens than the decoder has positions.
  explicit ModelStages(const StageInputs& inputs);
  ~ModelStages();
  ModelStages(const ModelStages&) = delete;
  ModelStages& operator=(const ModelStages&) = delete;

  std::string dtype() const;

  /// Vision tower, projector and row ends of B views.
  StageRun encode(const Done& done);
  /// The decoder over B prompts, one after the other, up to the logits of the last position.
  StageRun prefill(const Done& done);
  /// Greedy steps of B rows after such a prefill.
  StageRun decode(const Done& done);
  /// B pages from their pixels to the last of page_tokens tokens, as `generate` reads them.
  StageRun pages(const Done& done);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace dsocr
