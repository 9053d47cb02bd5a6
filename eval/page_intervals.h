#pragma once

#include <optional>
#include <string>
#include <vector>

#include "eval/config.h"
#include "eval/metrics/bootstrap.h"

namespace dsocr::eval {

/// Bootstrap intervals of means over one set of pages: its resamples are drawn once and serve all
/// of its numbers.
class PageIntervals {
 public:
  /// `name` tells this set from the others; with the config's seed it decides the draws.
  PageIntervals(const BootstrapConfig& config, size_t num_pages, const std::string& name);

  /// Nothing when intervals are off or there is only one page, which says nothing about others.
  std::optional<metrics::Interval> of(const std::vector<double>& values) const;

 private:
  double confidence_;
  std::optional<metrics::PageResampler> resampler_;
};

/// "95 % bootstrap (BCa, 2000 resamples of the pages)", or "none".
std::string interval_text(const BootstrapConfig& config);

}  // namespace dsocr::eval
