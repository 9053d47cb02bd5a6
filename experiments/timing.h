#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace dsocr {

/// Seconds of each repetition of one piece of work.
class Timings {
 public:
  /// Throws std::invalid_argument without any repetition.
  explicit Timings(std::vector<double> seconds);

  double median() const { return quantile(0.5); }
  /// Linear interpolation between the sorted repetitions; `p` in [0, 1].
  double quantile(double p) const;

 private:
  std::vector<double> sorted_;
};

/// Runs `work` once to warm up, then `repeats` times against the clock.
Timings measure(size_t repeats, const std::function<void()>& work);

}  // namespace dsocr
