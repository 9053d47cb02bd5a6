#pragma once

#include <filesystem>
#include <optional>

#include "reports/event_file.h"
#include "reports/files.h"
#include "train/trainer.h"
#include "train/validation.h"

namespace dsocr::train {

/// How fast a run is, since its last line.
struct RunPace {
  std::int64_t num_tokens = 0, num_pages = 0;  // seen by the run so far
  double tokens_per_s = 0, pages_per_s = 0;
};

/// What a run says of itself: metrics.jsonl, and events/ for TensorBoard.
class RunLog {
 public:
  /// Goes on behind so many steps: what was written of later ones is dropped.
  RunLog(const std::filesystem::path& folder, std::int64_t steps);

  // Both throw std::runtime_error when they cannot write.
  void step(std::int64_t step, const StepNumbers& numbers, const RunPace& pace);
  void validation(std::int64_t step, const ValidationNumbers& numbers);

  void close() { lines_.close(); }

 private:
  reports::LineWriter lines_;
  reports::EventFile events_;
};

}  // namespace dsocr::train
