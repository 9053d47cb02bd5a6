#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

// Bootstrap interval of a mean over pages: how far the figure moves when other pages are drawn
// (spec: Fox, section 6).
namespace dsocr::metrics {

/// The middle of the values, of an even number the mean of both; 0 without values.
double median(std::vector<double> values);

/// A mean over pages, or what else an interval is for, with its interval, in the unit of the
/// metric.
struct Interval {
  double mean = 0.0;
  double low = 0.0;
  double high = 0.0;
};

/// Draws pages with replacement once and answers for any number of metrics on the same pages:
/// intervals of two metrics (or of two runs) then rest on the same resamples. Memory: 4 bytes per
/// page and resample. Thread-safe after construction.
class PageResampler {
 public:
  /// The draws depend on the three arguments only: mt19937_64 seeded with seed, for each resample
  /// num_pages numbers of Boost's uniform_int_distribution (the same on every platform; std's are
  /// not). Throws std::invalid_argument when num_resamples is 0.
  PageResampler(size_t num_pages, size_t num_resamples, uint64_t seed);

  size_t num_pages() const { return num_pages_; }
  size_t num_resamples() const { return num_resamples_; }

  /// Mean of one metric over the pages and its BCa interval (Efron 1987: bias-corrected and
  /// accelerated; acceleration from the jackknife; quantiles of the resampled means interpolated
  /// linearly). No page: nullopt. One page, or the same value on all: low = high = mean.
  /// confidence: probability that the interval is meant to cover, in (0, 1).
  /// Throws std::invalid_argument when the number of values is not num_pages(), a value is not
  /// finite, or confidence is out of range.
  std::optional<Interval> mean_interval(std::span<const double> values,
                                        double confidence = 0.95) const;

  /// sum(numerators) / sum(denominators) over the pages and its BCa interval, as above: the rate of
  /// all pages together. A sum of denominators below 1 counts as 1. Throws for a negative
  /// denominator too.
  std::optional<Interval> ratio_interval(std::span<const double> numerators,
                                         std::span<const double> denominators,
                                         double confidence = 0.95) const;

  /// The median and its percentile interval: a median has no smooth jackknife for BCa.
  std::optional<Interval> median_interval(std::span<const double> values,
                                          double confidence = 0.95) const;

 private:
  std::vector<double> resampled_sums(std::span<const double> values) const;

  size_t num_pages_;
  size_t num_resamples_;
  std::vector<float> counts_;  // [page][resample]: how often the page was drawn
};

}  // namespace dsocr::metrics
