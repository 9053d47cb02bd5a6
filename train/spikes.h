#pragma once

#include <cstddef>
#include <deque>
#include <optional>

namespace dsocr::train {

/// Tells losses that stand out from those before.
class SpikeWatch {
 public:
  /// The mean of the usual losses when this one stands out: more than three standard deviations and
  /// a tenth above it. Nothing before there are fifty.
  std::optional<double> add(double loss);

 private:
  std::deque<double> losses_;
};

}  // namespace dsocr::train
