#include "configs/nearest.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace dsocr::configs {
namespace {

TEST(Nearest, CountsEdits) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("abc", ""), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("steps", "stpes"), 1u);  // one swap of neighbours
  EXPECT_EQ(edit_distance("ca", "abc"), 3u);       // a swapped pair is not edited again
}

TEST(Nearest, PicksTheClosestOfTheNearOnes) {
  const std::vector<std::string> names{"step", "steps", "stops"};
  EXPECT_EQ(nearest("stepz", names), "step");  // the first of equals
  EXPECT_EQ(nearest("stepss", names), "steps");
  EXPECT_EQ(nearest("STOPS", names), "stops");
  EXPECT_EQ(nearest("frequency", names), std::nullopt);
  EXPECT_EQ(nearest("steps", {}), std::nullopt);
}

TEST(Nearest, ForgivesOneSlipInAShortNameButNotAll) {
  const std::vector<std::string> names{"lr", "k"};
  EXPECT_EQ(nearest("lt", names), "lr");
  EXPECT_EQ(nearest("xy", names), std::nullopt);
  EXPECT_EQ(nearest("q", names), std::nullopt);
}

TEST(Nearest, SuggestsOrListsEverything) {
  const std::vector<std::string> names{"fox", "language_cer"};
  EXPECT_EQ(suggestion("foxx", names), "did you mean 'fox'?");
  EXPECT_EQ(suggestion("imagenet", names), "valid: fox, language_cer");
  EXPECT_EQ(suggestion("x", {}), "valid: none");
}

}  // namespace
}  // namespace dsocr::configs
