#include "train/spikes.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace dsocr::train {
namespace {

constexpr std::size_t kUsual = 50;
constexpr double kDeviations = 3;
constexpr double kShare = 0.1;

}  // namespace

std::optional<double> SpikeWatch::add(double loss) {
  std::optional<double> spike;
  if (losses_.size() == kUsual) {
    const double mean = std::accumulate(losses_.begin(), losses_.end(), 0.0) / kUsual;
    double variance = 0;
    for (const double usual : losses_) variance += (usual - mean) * (usual - mean) / kUsual;
    if (loss > mean + std::max(kDeviations * std::sqrt(variance), kShare * mean)) spike = mean;
    losses_.pop_front();
  }
  losses_.push_back(loss);
  return spike;
}

}  // namespace dsocr::train
