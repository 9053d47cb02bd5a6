#include "experiments/timing.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace dsocr {
namespace {

TEST(Timings, QuantilesInterpolate) {
  const Timings timings({4, 1, 3, 2, 5});
  EXPECT_DOUBLE_EQ(timings.median(), 3);
  EXPECT_DOUBLE_EQ(timings.quantile(0), 1);
  EXPECT_DOUBLE_EQ(timings.quantile(1), 5);
  EXPECT_DOUBLE_EQ(timings.quantile(0.1), 1.4);
  EXPECT_DOUBLE_EQ(Timings({1, 2}).median(), 1.5);
  EXPECT_DOUBLE_EQ(Timings({7}).quantile(0.9), 7);
  EXPECT_THROW(Timings({}), std::invalid_argument);
}

TEST(Timings, MeasureWarmsUpOnce) {
  int calls = 0;
  measure(3, [&] { ++calls; });
  EXPECT_EQ(calls, 4);
}

TEST(PeakMemory, CountsFromItsConstruction) {
  constexpr std::size_t kBytes = 64 << 20;
  const PeakMemory first;
  if (!first.bytes()) GTEST_SKIP() << "this system cannot start the count anew";
  const auto before = *first.bytes();
  {
    const std::vector<char> large(kBytes, 1);
    EXPECT_EQ(large.back(), 1);
  }
  const auto after = *first.bytes();
  EXPECT_GE(after, before + kBytes / 2);
  EXPECT_LE(*PeakMemory().bytes(), after - kBytes / 2);
}

}  // namespace
}  // namespace dsocr
