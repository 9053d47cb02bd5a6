#include "eval/page_intervals.h"

#include <cstdio>

#include "configs/seed.h"

namespace dsocr::eval {

PageIntervals::PageIntervals(const BootstrapConfig& config, size_t num_pages,
                             const std::string& name)
    : confidence_(config.confidence) {
  if (config.resamples > 0 && num_pages > 1)
    resampler_.emplace(num_pages, static_cast<size_t>(config.resamples),
                       configs::derive_seed(config.seed, "eval." + name));
}

std::optional<metrics::Interval> PageIntervals::of(const std::vector<double>& values) const {
  return resampler_ ? resampler_->mean_interval(values, confidence_) : std::nullopt;
}

std::string interval_text(const BootstrapConfig& config) {
  if (config.resamples == 0) return "none";
  char text[96];
  std::snprintf(text, sizeof text, "%.10g %% bootstrap (BCa, %lld resamples of the pages)",
                config.confidence * 100, static_cast<long long>(config.resamples));
  return text;
}

}  // namespace dsocr::eval
