#include "experiments/timing.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <stdexcept>
#include <string>

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

double seconds_of(const std::function<void()>& work) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

Timings measure(size_t repeats, const std::function<void()>& work) {
  work();
  std::vector<double> seconds;
  for (size_t i = 0; i < repeats; ++i) seconds.push_back(seconds_of(work));
  return Timings(std::move(seconds));
}

std::vector<std::vector<double>> measure_in_turn(size_t repeats,
                                                 const std::vector<std::function<void()>>& works) {
  std::vector<std::vector<double>> seconds(works.size());
  for (const auto& work : works) work();
  for (size_t i = 0; i < repeats; ++i)
    for (size_t w = 0; w < works.size(); ++w) seconds[w].push_back(seconds_of(works[w]));
  return seconds;
}

PeakMemory::PeakMemory() {
  std::ofstream file("/proc/self/clear_refs");
  counts_ = static_cast<bool>(file << '5' << std::flush);
}

std::optional<std::uint64_t> PeakMemory::bytes() const {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (counts_ && std::getline(status, line))
    if (line.starts_with("VmHWM:")) return std::stoull(line.substr(6)) * 1024;
  return std::nullopt;
}

}  // namespace dsocr
