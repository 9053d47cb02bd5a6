#include "train/spikes.h"

#include <gtest/gtest.h>

namespace dsocr::train {
namespace {

TEST(SpikeWatch, TellsALossThatStandsOut) {
  SpikeWatch watch;
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(watch.add(i % 2 == 0 ? 2.0 : 2.2)) << i;
  EXPECT_FALSE(watch.add(2.3));  // a tenth above the mean of 2.1 would be 2.31
  const auto usual = watch.add(2.6);
  ASSERT_TRUE(usual);
  EXPECT_NEAR(*usual, 2.1, 0.01);
}

TEST(SpikeWatch, FallingOrWildLossesAreUsual) {
  SpikeWatch falling, wild;
  for (int i = 0; i < 200; ++i) {
    EXPECT_FALSE(falling.add(10.0 / (1 + i)));
    EXPECT_FALSE(wild.add(i % 2 == 0 ? 1.0 : 5.0));
  }
}

}  // namespace
}  // namespace dsocr::train
