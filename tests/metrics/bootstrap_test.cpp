#include "eval/metrics/bootstrap.h"

#include <gtest/gtest.h>

#include <boost/random/exponential_distribution.hpp>
#include <boost/random/mersenne_twister.hpp>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

namespace dsocr::metrics {
namespace {

const std::vector<double> kPages = {.98, .97, .95, .99, .91, .88, .97, .62, .94, .96,
                                    .35, .98, .90, .93, .99, .85, .97, .71, .95, .96};

// scipy.stats.bootstrap(method="BCa", n_resamples=200000), SciPy 1.17: [0.7830, 0.9360] at 95 %,
// [0.8260, 0.9220] at 80 %. The plain percentile interval is [0.8125, 0.9455].
TEST(Bootstrap, AgreesWithSciPy) {
  const PageResampler resampler(kPages.size(), 50000, 1);
  const auto wide = resampler.mean_interval(kPages, 0.95);
  ASSERT_TRUE(wide.has_value());
  EXPECT_NEAR(wide->mean, 0.888, 1e-12);
  EXPECT_NEAR(wide->low, 0.7830, 2e-3);
  EXPECT_NEAR(wide->high, 0.9360, 1e-3);
  const auto narrow = resampler.mean_interval(kPages, 0.8);
  EXPECT_NEAR(narrow->low, 0.8260, 1e-3);
  EXPECT_NEAR(narrow->high, 0.9220, 1e-3);
}

// scipy.stats.bootstrap, SciPy 1.17, 200000 resamples: BCa of the paired ratio of sums. The median
// of 15 draws is at most the k-th of the 15 rates when 8 of them are: for k = 4, 5, 10 and 11 with
// 2.5, 8.8, 91.2 and 97.5 %, by the binomial distribution.
TEST(Bootstrap, RatiosAndMediansAgreeWithSciPy) {
  const std::vector<double> above = {3, 0, 12, 5, 1, 40, 2, 7, 0, 9, 4, 15, 1, 0, 6};
  const std::vector<double> below = {50, 20, 60, 45, 33, 80, 41, 70, 12, 52, 64, 71, 30, 25, 48};
  const PageResampler resampler(above.size(), 50000, 1);
  const auto wide = resampler.ratio_interval(above, below, 0.95);
  ASSERT_TRUE(wide.has_value());
  EXPECT_NEAR(wide->mean, 105.0 / 701, 1e-12);
  EXPECT_NEAR(wide->low, 0.0903, 1e-3);
  EXPECT_NEAR(wide->high, 0.2876, 4e-3);
  const auto narrow = resampler.ratio_interval(above, below, 0.8);
  EXPECT_NEAR(narrow->low, 0.1052, 1e-3);
  EXPECT_NEAR(narrow->high, 0.2341, 2e-3);
  std::vector<double> rates;
  for (size_t i = 0; i < above.size(); ++i) rates.push_back(above[i] / below[i]);
  const auto middle = resampler.median_interval(rates, 0.9);
  EXPECT_NEAR(middle->mean, 0.0625, 1e-12);
  EXPECT_NEAR(middle->low, 1.0 / 30, 1e-12);
  EXPECT_NEAR(middle->high, 6.0 / 48, 1e-12);
}

TEST(Bootstrap, RatiosOfEqualLengthsAreMeans) {
  const PageResampler resampler(kPages.size(), 2000, 7);
  const auto mean = resampler.mean_interval(kPages);
  const auto ratio = resampler.ratio_interval(kPages, std::vector<double>(kPages.size(), 1.0));
  EXPECT_NEAR(ratio->mean, mean->mean, 1e-12);
  EXPECT_NEAR(ratio->low, mean->low, 1e-9);
  EXPECT_NEAR(ratio->high, mean->high, 1e-9);
}

TEST(Bootstrap, RatiosWithoutAnythingToDivideBy) {
  const PageResampler none(0, 10, 1), two(2, 100, 1);
  EXPECT_FALSE(none.ratio_interval({}, {}).has_value());
  EXPECT_FALSE(none.median_interval({}).has_value());
  const std::vector<double> zero{0, 0}, some{3, 3};
  EXPECT_EQ(two.ratio_interval(zero, zero)->mean, 0);
  EXPECT_EQ(two.ratio_interval(some, zero)->mean, 6);
  EXPECT_THROW(two.ratio_interval(some, std::vector<double>{1, -1}), std::invalid_argument);
  EXPECT_THROW(two.ratio_interval(some, std::vector<double>{1}), std::invalid_argument);
  EXPECT_EQ(median({}), 0);
  EXPECT_EQ(median({3, 1, 2}), 2);
  EXPECT_EQ(median({4, 1, 2, 3}), 2.5);
}

TEST(Bootstrap, DependsOnTheSeedOnly) {
  const auto first = PageResampler(kPages.size(), 2000, 7).mean_interval(kPages);
  const auto again = PageResampler(kPages.size(), 2000, 7).mean_interval(kPages);
  const auto other = PageResampler(kPages.size(), 2000, 8).mean_interval(kPages);
  EXPECT_EQ(first->low, again->low);
  EXPECT_EQ(first->high, again->high);
  EXPECT_NE(first->low, other->low);
  // Fixed digits: the draws are the same on every platform.
  EXPECT_NEAR(first->low, 0.784174881878, 1e-9);
  EXPECT_NEAR(first->high, 0.9375, 1e-9);
}

TEST(Bootstrap, GivesEveryMetricTheSameResamples) {
  const PageResampler resampler(kPages.size(), 2000, 7);
  std::vector<double> mirrored;
  for (const double value : kPages) mirrored.push_back(1.0 - value);
  const auto interval = resampler.mean_interval(kPages);
  const auto mirror = resampler.mean_interval(mirrored);
  EXPECT_NEAR(mirror->mean, 1.0 - interval->mean, 1e-12);
  EXPECT_NEAR(mirror->low, 1.0 - interval->high, 1e-9);
  EXPECT_NEAR(mirror->high, 1.0 - interval->low, 1e-9);
}

TEST(Bootstrap, CoversTheMeanOfASkewedDistribution) {
  constexpr size_t kNumPages = 40, kNumTrials = 1000;
  const PageResampler resampler(kNumPages, 1000, 3);
  boost::random::mt19937_64 engine(11);
  boost::random::exponential_distribution<double> draw(1.0);  // mean 1
  size_t covered = 0;
  std::vector<double> values(kNumPages);
  for (size_t trial = 0; trial < kNumTrials; ++trial) {
    for (double& value : values) value = draw(engine);
    const auto interval = resampler.mean_interval(values, 0.9);
    covered += interval->low <= 1.0 && 1.0 <= interval->high;
  }
  EXPECT_GT(covered, kNumTrials * 86 / 100);
  EXPECT_LT(covered, kNumTrials * 92 / 100);
}

TEST(Bootstrap, HandlesFewOrEqualPages) {
  EXPECT_FALSE(PageResampler(0, 100, 1).mean_interval({}).has_value());
  for (const std::vector<double>& values : {std::vector<double>{0.3}, {0.1, 0.1, 0.1}}) {
    const auto interval = PageResampler(values.size(), 100, 1).mean_interval(values);
    EXPECT_EQ(interval->mean, values[0]);
    EXPECT_EQ(interval->low, values[0]);
    EXPECT_EQ(interval->high, values[0]);
  }
  const auto two = PageResampler(2, 1000, 1).mean_interval(std::vector<double>{0.0, 1.0});
  EXPECT_EQ(two->low, 0.0);
  EXPECT_EQ(two->high, 1.0);
}

TEST(Bootstrap, StaysInsideTheValuesForOneOutlier) {
  std::vector<double> values(100, 0.0);
  values[5] = 1.0;
  const auto interval = PageResampler(values.size(), 500, 1).mean_interval(values, 0.999);
  EXPECT_GE(interval->low, 0.0);
  EXPECT_LE(interval->low, interval->high);
  EXPECT_LE(interval->high, 1.0);
}

TEST(Bootstrap, RejectsBadInput) {
  EXPECT_THROW(PageResampler(3, 0, 1), std::invalid_argument);
  const PageResampler resampler(2, 10, 1);
  const std::vector<double> values = {0.0, 1.0};
  EXPECT_THROW(resampler.mean_interval({}), std::invalid_argument);
  EXPECT_THROW(resampler.mean_interval(values, 0.0), std::invalid_argument);
  EXPECT_THROW(resampler.mean_interval(values, 1.0), std::invalid_argument);
  EXPECT_THROW(resampler.mean_interval(std::vector<double>{0.0, std::nan("")}),
               std::invalid_argument);
  EXPECT_THROW(
      resampler.mean_interval(std::vector<double>{std::numeric_limits<double>::infinity(), 0.0}),
      std::invalid_argument);
}

}  // namespace
}  // namespace dsocr::metrics
