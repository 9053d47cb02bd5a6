#include "eval/omnidocbench/match/windows.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "eval/metrics/edit_distance.h"

namespace dsocr::omnidocbench {
namespace {

// Window by window, as the official tool does it.
bool search_all(std::u32string_view text, std::u32string_view pattern, double limit,
                bool or_equal) {
  for (size_t start = 0; !pattern.empty() && start + pattern.size() <= text.size(); ++start) {
    const auto edits = metrics::edit_distance(text.substr(start, pattern.size()), pattern);
    const double rate = static_cast<double>(edits) / static_cast<double>(pattern.size());
    if (rate < limit || (or_equal && rate == limit)) return true;
  }
  return false;
}

std::u32string random_text(std::mt19937& random, size_t length, uint32_t letters) {
  std::u32string text;
  for (size_t i = 0; i < length; ++i)
    text.push_back(static_cast<char32_t>(U'a' + random() % letters));
  return text;
}

TEST(Windows, AreThoseOfASearchThroughAll) {
  std::mt19937 random(1);
  size_t found = 0;
  for (int round = 0; round < 3000; ++round) {
    const std::u32string text = random_text(random, random() % 150, 3);
    std::u32string pattern = random_text(random, 1 + random() % 100, 3);
    if (round % 2 == 0 && !text.empty()) {  // a part of the text with some letters exchanged
      pattern = text.substr(0, pattern.size());
      for (char32_t& c : pattern)
        if (random() % 4 == 0) c = U'z';
    }
    const double limit = 0.05 * static_cast<double>(random() % 12);
    const bool or_equal = random() % 2 == 0;
    const bool expected = search_all(text, pattern, limit, or_equal);
    found += expected;
    ASSERT_EQ(has_near_window(text, pattern, limit, or_equal), expected) << round;
  }
  EXPECT_GT(found, 500u);
  EXPECT_LT(found, 2500u);
}

TEST(Windows, OfNothingAndOfTooMuchAreNotFound) {
  EXPECT_FALSE(has_near_window(U"abc", U"", 1, true));
  EXPECT_FALSE(has_near_window(U"abc", U"abcd", 1, true));
  EXPECT_TRUE(has_near_window(U"abc", U"abc", 0, true));
  EXPECT_FALSE(has_near_window(U"abc", U"abc", 0));
}

}  // namespace
}  // namespace dsocr::omnidocbench
