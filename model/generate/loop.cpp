#include "model/generate/loop.h"

#include <algorithm>

namespace dsocr::model {

std::optional<std::int64_t> LoopDetector::push(std::int32_t id) {
  std::optional<std::int64_t> found;
  for (std::int64_t period = 1; period <= std::min(kMaxPeriod, count_); ++period) {
    const auto before = static_cast<size_t>((count_ - period) % kMaxPeriod);
    std::int64_t& run = runs_[static_cast<size_t>(period)];
    run = recent_[before] == id ? run + 1 : 0;
    if (!found && run + period >= std::max(kMinTokens, kMinRepeats * period)) found = period;
  }
  if (count_ < kMaxPeriod)
    recent_.push_back(id);
  else
    recent_[static_cast<size_t>(count_ % kMaxPeriod)] = id;
  ++count_;
  return found;
}

}  // namespace dsocr::model
