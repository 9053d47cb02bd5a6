#include "eval/metrics/bootstrap.h"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <boost/random/mersenne_twister.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>

namespace dsocr::metrics {
namespace {

constexpr double kTieTolerance = 1e-13;  // of the sum of absolute values

/// Skewness term of BCa, from what each page pulls the statistic up: for a mean x_i - mean, else
/// the mean of the jackknife less the statistic without page i. A common factor cancels.
double acceleration(std::span<const double> pulls) {
  double squares = 0.0;
  double cubes = 0.0;
  for (const double pull : pulls) {
    squares += pull * pull;
    cubes += pull * pull * pull;
  }
  const double scale = squares * std::sqrt(squares);
  return scale > 0.0 ? cubes / (6.0 * scale) : 0.0;
}

/// z-value of the share of resamples below the plain sum, ties counted half. Sums closer than the
/// tolerance are ties: their pages differ, their totals only by rounding. The share is kept off 0
/// and 1, where z is infinite.
double bias_correction(std::span<const double> sums, double plain_sum, double tolerance) {
  double below = 0.0;
  for (const double sum : sums)
    below += sum < plain_sum - tolerance ? 1.0 : sum <= plain_sum + tolerance ? 0.5 : 0.0;
  const auto num = static_cast<double>(sums.size());
  const double share = std::clamp(below / num, 0.5 / num, 1.0 - 0.5 / num);
  return boost::math::quantile(boost::math::normal(), share);
}

/// The probability whose resample quantile is the BCa bound for the normal quantile z.
double adjusted_probability(double z, double z_bias, double accel) {
  const double shifted = z_bias + z;
  const double divisor = 1.0 - accel * shifted;
  if (divisor <= 0.0) return shifted > 0.0 ? 1.0 : 0.0;
  return boost::math::cdf(boost::math::normal(), z_bias + shifted / divisor);
}

/// Linear interpolation between order statistics; reorders sums.
double quantile(std::vector<double>& sums, double probability) {
  const double position = probability * static_cast<double>(sums.size() - 1);
  const auto lower = static_cast<std::ptrdiff_t>(position);
  std::nth_element(sums.begin(), sums.begin() + lower, sums.end());
  const double at_lower = sums[static_cast<size_t>(lower)];
  const double rest = position - static_cast<double>(lower);
  if (rest == 0.0) return at_lower;
  const double at_upper = *std::min_element(sums.begin() + lower + 1, sums.end());
  return at_lower + rest * (at_upper - at_lower);
}

/// BCa bounds of a statistic among its resamples, which are reordered.
std::pair<double, double> bca_bounds(std::vector<double>& resamples, double statistic,
                                     double tolerance, double accel, double confidence) {
  const double z_bias = bias_correction(resamples, statistic, tolerance);
  const double z = boost::math::quantile(boost::math::normal(), 0.5 + confidence / 2.0);
  const double low = quantile(resamples, adjusted_probability(-z, z_bias, accel));
  return {low, quantile(resamples, adjusted_probability(z, z_bias, accel))};
}

void check_values(std::span<const double> values, size_t num_pages, double confidence) {
  if (values.size() != num_pages)
    throw std::invalid_argument("bootstrap over " + std::to_string(num_pages) + " pages got " +
                                std::to_string(values.size()) + " values");
  if (!(confidence > 0.0 && confidence < 1.0))
    throw std::invalid_argument("confidence " + std::to_string(confidence) + " outside (0, 1)");
  for (size_t page = 0; page < num_pages; ++page)
    if (!std::isfinite(values[page]))
      throw std::invalid_argument("value of page " + std::to_string(page) + " is not finite");
}

}  // namespace

PageResampler::PageResampler(size_t num_pages, size_t num_resamples, uint64_t seed)
    : num_pages_(num_pages),
      num_resamples_(num_resamples),
      counts_(num_pages * num_resamples, 0.0F) {
  if (num_resamples == 0) throw std::invalid_argument("bootstrap needs at least one resample");
  if (num_pages == 0) return;
  boost::random::mt19937_64 engine(seed);
  const boost::random::uniform_int_distribution<uint64_t> draw(0, num_pages - 1);
  for (size_t resample = 0; resample < num_resamples; ++resample)
    for (size_t i = 0; i < num_pages; ++i) counts_[draw(engine) * num_resamples + resample] += 1.0F;
}

double median(std::vector<double> values) { return values.empty() ? 0.0 : quantile(values, 0.5); }

std::vector<double> PageResampler::resampled_sums(std::span<const double> values) const {
  // Page by page: each sum adds its pages in the same order, and the inner loop vectorises.
  std::vector<double> sums(num_resamples_, 0.0);
  for (size_t page = 0; page < num_pages_; ++page) {
    const float* counts = counts_.data() + page * num_resamples_;
    const double value = values[page];
    for (size_t resample = 0; resample < num_resamples_; ++resample)
      sums[resample] += static_cast<double>(counts[resample]) * value;
  }
  return sums;
}

std::optional<Interval> PageResampler::mean_interval(std::span<const double> values,
                                                     double confidence) const {
  check_values(values, num_pages_, confidence);
  if (values.empty()) return std::nullopt;
  const auto [min, max] = std::minmax_element(values.begin(), values.end());
  if (*min == *max) return Interval{*min, *min, *min};

  double sum = 0.0;
  double magnitude = 0.0;
  for (const double value : values) {
    sum += value;
    magnitude += std::abs(value);
  }
  const auto num_pages = static_cast<double>(num_pages_);
  const double mean = sum / num_pages;
  std::vector<double> sums = resampled_sums(values);
  std::vector<double> pulls;
  for (const double value : values) pulls.push_back(value - mean);
  const auto [low, high] =
      bca_bounds(sums, sum, kTieTolerance * magnitude, acceleration(pulls), confidence);
  return Interval{mean, low / num_pages, high / num_pages};
}

std::optional<Interval> PageResampler::ratio_interval(std::span<const double> numerators,
                                                      std::span<const double> denominators,
                                                      double confidence) const {
  check_values(numerators, num_pages_, confidence);
  check_values(denominators, num_pages_, confidence);
  if (numerators.empty()) return std::nullopt;
  if (*std::min_element(denominators.begin(), denominators.end()) < 0)
    throw std::invalid_argument("a page has a negative denominator");
  const auto ratio = [](double above, double below) { return above / std::max(below, 1.0); };
  const double above = std::accumulate(numerators.begin(), numerators.end(), 0.0);
  const double below = std::accumulate(denominators.begin(), denominators.end(), 0.0);
  const double whole = ratio(above, below);
  std::vector<double> ratios = resampled_sums(numerators);
  const std::vector<double> belows = resampled_sums(denominators);
  std::transform(ratios.begin(), ratios.end(), belows.begin(), ratios.begin(), ratio);
  std::vector<double> without;  // each page
  for (size_t page = 0; page < num_pages_; ++page)
    without.push_back(ratio(above - numerators[page], below - denominators[page]));
  const double middle =
      std::accumulate(without.begin(), without.end(), 0.0) / static_cast<double>(num_pages_);
  for (double& value : without) value = middle - value;
  const double tolerance = kTieTolerance * std::abs(whole);
  const auto [low, high] = bca_bounds(ratios, whole, tolerance, acceleration(without), confidence);
  return Interval{whole, low, high};
}

std::optional<Interval> PageResampler::median_interval(std::span<const double> values,
                                                       double confidence) const {
  check_values(values, num_pages_, confidence);
  if (values.empty()) return std::nullopt;
  std::vector<double> medians;
  std::vector<double> drawn;
  for (size_t resample = 0; resample < num_resamples_; ++resample) {
    drawn.clear();
    for (size_t page = 0; page < num_pages_; ++page)
      drawn.insert(drawn.end(), static_cast<size_t>(counts_[page * num_resamples_ + resample]),
                   values[page]);
    medians.push_back(median(drawn));
  }
  const double outside = (1.0 - confidence) / 2.0;
  const double low = quantile(medians, outside);
  return Interval{median({values.begin(), values.end()}), low, quantile(medians, 1.0 - outside)};
}

}  // namespace dsocr::metrics
