#include "data/label/reliability.h"

#include <algorithm>
#include <cmath>

#include "data/random.h"

namespace dsocr::data {
namespace {

// 0.9 quantile of the normal distribution.
constexpr double kQuantile = 1.2815515655446004;

double characters_of(std::span<const ScoredPage> pages) {
  double sum = 0;
  for (const ScoredPage& page : pages)
    for (const ScoredRegion& region : page) sum += region.length;
  return sum;
}

std::vector<ScoredRegion> by_score(std::span<const ScoredPage> pages) {
  std::vector<ScoredRegion> all;
  for (const ScoredPage& page : pages)
    for (const ScoredRegion& region : page)
      if (region.length > 0) all.push_back(region);
  std::stable_sort(all.begin(), all.end(),
                   [](const ScoredRegion& a, const ScoredRegion& b) { return a.score < b.score; });
  return all;
}

// Least scores of parts of about as many characters; growing, the first is the least of all.
std::vector<double> equal_parts(std::span<const ScoredPage> pages, std::size_t count) {
  const double step = characters_of(pages) / static_cast<double>(count);
  std::vector<double> starts;
  double before = 0;
  for (const ScoredRegion& region : by_score(pages)) {
    const bool is_due = before >= step * static_cast<double>(starts.size()) - 1e-9;
    if (is_due && (starts.empty() || region.score > starts.back())) starts.push_back(region.score);
    before += region.length;
  }
  return starts;
}

struct BinSums {
  double expected = 0, right = 0, length = 0;
};

std::vector<BinSums> sums_of(const ScoredPage& page, std::span<const double> starts) {
  std::vector<BinSums> sums(starts.size());
  for (const ScoredRegion& region : page) {
    if (region.length <= 0) continue;
    const auto after = std::upper_bound(starts.begin(), starts.end(), region.score);
    BinSums& bin = sums[static_cast<std::size_t>(after - starts.begin()) - 1];
    bin.expected += region.length * region.score;
    bin.right += region.length * (1 - region.error);
    bin.length += region.length;
  }
  return sums;
}

void add(std::vector<BinSums>& sums, const std::vector<BinSums>& more) {
  for (std::size_t i = 0; i < sums.size(); ++i) {
    sums[i].expected += more[i].expected;
    sums[i].right += more[i].right;
    sums[i].length += more[i].length;
  }
}

double mean_gap(const std::vector<BinSums>& sums) {
  double gap = 0, length = 0;
  for (const BinSums& bin : sums) {
    gap += std::abs(bin.expected - bin.right);
    length += bin.length;
  }
  return length > 0 ? gap / length : 0;
}

}  // namespace

std::vector<ReliabilityBin> reliability_bins(std::span<const ScoredPage> pages,
                                             std::size_t num_bins) {
  const std::vector<double> starts = equal_parts(pages, num_bins);
  std::vector<BinSums> sums(starts.size());
  double highest = 0;
  for (const ScoredPage& page : pages) {
    add(sums, sums_of(page, starts));
    for (const ScoredRegion& region : page)
      if (region.length > 0) highest = std::max(highest, region.score);
  }
  const double all = characters_of(pages);
  std::vector<ReliabilityBin> bins;
  for (std::size_t i = 0; i < sums.size(); ++i)
    bins.push_back({.low = starts[i],
                    .high = i + 1 < starts.size() ? starts[i + 1] : highest,
                    .expected = sums[i].expected / sums[i].length,
                    .right = sums[i].right / sums[i].length,
                    .share = sums[i].length / all});
  return bins;
}

CalibrationError calibration_error(std::span<const ScoredPage> pages, std::size_t num_bins,
                                   std::size_t num_resamples, std::uint64_t seed) {
  const std::vector<double> starts = equal_parts(pages, num_bins);
  std::vector<std::vector<BinSums>> of_page;
  std::vector<BinSums> all(starts.size());
  for (const ScoredPage& page : pages) {
    of_page.push_back(sums_of(page, starts));
    add(all, of_page.back());
  }
  CalibrationError error{.mean = mean_gap(all)};
  error.low = error.high = error.mean;
  if (pages.empty() || num_resamples == 0) return error;
  Random random(seed);
  std::vector<double> means;
  for (std::size_t i = 0; i < num_resamples; ++i) {
    std::vector<BinSums> sums(starts.size());
    for (std::size_t page = 0; page < pages.size(); ++page)
      add(sums, of_page[random.below(pages.size())]);
    means.push_back(mean_gap(sums));
  }
  std::sort(means.begin(), means.end());
  error.low = std::min(error.mean, means[(num_resamples - 1) * 5 / 100]);
  error.high = std::max(error.mean, means[(num_resamples - 1) * 95 / 100]);
  return error;
}

std::vector<ThresholdLevel> threshold_levels(std::span<const ScoredPage> pages,
                                             std::size_t num_levels) {
  const double all = characters_of(pages);
  std::vector<double> starts = equal_parts(pages, num_levels);
  std::reverse(starts.begin(), starts.end());
  std::vector<ThresholdLevel> levels;
  for (const double start : starts) {
    std::vector<double> wrong, kept;
    double wrong_sum = 0, kept_sum = 0;
    for (const ScoredPage& page : pages) {
      wrong.push_back(0);
      kept.push_back(0);
      for (const ScoredRegion& region : page) {
        if (region.score < start) continue;
        wrong.back() += region.length * region.error;
        kept.back() += region.length;
      }
      wrong_sum += wrong.back();
      kept_sum += kept.back();
    }
    levels.push_back({start, kept_sum / all, wrong_sum / kept_sum, error_bound(wrong, kept)});
  }
  return levels;
}

double error_bound(std::span<const double> wrong, std::span<const double> kept) {
  double count = 0, wrong_sum = 0, kept_sum = 0;
  for (std::size_t page = 0; page < kept.size(); ++page) {
    if (kept[page] <= 0) continue;
    ++count;
    wrong_sum += wrong[page];
    kept_sum += kept[page];
  }
  if (count < 2) return 1;
  const double ratio = wrong_sum / kept_sum, mean = kept_sum / count;
  double squares = 0;
  for (std::size_t page = 0; page < kept.size(); ++page)
    squares += std::pow((wrong[page] - ratio * kept[page]) / mean, 2);
  const double error = std::sqrt(squares / (count - 1) / count);
  // Student's quantile by its first term (Abramowitz and Stegun, 26.7.5).
  const double quantile = kQuantile * (1 + (kQuantile * kQuantile + 1) / (4 * (count - 1)));
  return std::min(1.0, (wrong_sum + mean) / (kept_sum + mean) + quantile * error);
}

}  // namespace dsocr::data
