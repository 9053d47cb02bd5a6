#include "experiments/timing.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>

namespace dsocr {

Timings::Timings(std::vector<double> seconds) : sorted_(std::move(seconds)) {
  if (sorted_.empty()) throw std::invalid_argument("a timing needs at least one repetition");
  std::sort(sorted_.begin(), sorted_.end());
}

double Timings::quantile(double p) const {
  const double at = p * static_cast<double>(sorted_.size() - 1);
  const auto below = static_cast<size_t>(at);
  const size_t above = std::min(below + 1, sorted_.size() - 1);
  return sorted_[below] + (at - static_cast<double>(below)) * (sorted_[above] - sorted_[below]);
}

Timings measure(size_t repeats, const std::function<void()>& work) {
  using Clock = std::chrono::steady_clock;
  work();
  std::vector<double> seconds;
  for (size_t i = 0; i < repeats; ++i) {
    const auto start = Clock::now();
    work();
    seconds.push_back(std::chrono::duration<double>(Clock::now() - start).count());
  }
  return Timings(std::move(seconds));
}

}  // namespace dsocr
