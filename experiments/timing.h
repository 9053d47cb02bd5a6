#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
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

/// Seconds that `work` takes.
double seconds_of(const std::function<void()>& work);

/// Runs `work` once to warm up, then `repeats` times against the clock.
Timings measure(size_t repeats, const std::function<void()>& work);

/// The same for several pieces of work that are to be compared: each in its turn, so that a machine
/// that is slow for a while is so for all. Seconds by work, then repetition.
std::vector<std::vector<double>> measure_in_turn(size_t repeats,
                                                 const std::vector<std::function<void()>>& works);

/// Largest resident memory of this process from its construction on, mapped files included. Each
/// one starts the system's count anew, so there is one at a time.
class PeakMemory {
 public:
  PeakMemory();
  /// Nothing where the system cannot start anew.
  std::optional<std::uint64_t> bytes() const;

 private:
  bool counts_;
};

}  // namespace dsocr
