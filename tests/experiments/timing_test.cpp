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

}  // namespace
}  // namespace dsocr
