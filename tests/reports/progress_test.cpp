#include "reports/progress.h"

#include <gtest/gtest.h>

#include <chrono>
#include <sstream>
#include <thread>

namespace dsocr::reports {
namespace {

TEST(Progress, ShortWorkIsSilent) {
  std::ostringstream out;
  {
    Progress progress("Scoring", "pages", 10, out, true);
    progress.advance(10);
  }
  EXPECT_EQ(out.str(), "");
}

TEST(Progress, TerminalShowsBarRateAndTimeLeft) {
  std::ostringstream out;
  {
    Progress progress("Scoring", "pages", 4, out, true);
    std::this_thread::sleep_for(std::chrono::milliseconds(1100));
    progress.advance(2);
  }
  EXPECT_NE(out.str().find("Scoring [###############...............] 2/4 pages, "),
            std::string::npos)
      << out.str();
  EXPECT_NE(out.str().find("/s, 0:00:0"), std::string::npos) << out.str();
  EXPECT_EQ(out.str().back(), '\n');
}

TEST(Progress, CountsFromManyThreads) {
  std::ostringstream out;
  {
    Progress progress("Work", "items", 4000, out, true);
    std::this_thread::sleep_for(std::chrono::milliseconds(1050));
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 1000; ++i) progress.advance();
      });
  }
  EXPECT_NE(out.str().find("4000/4000 items"), std::string::npos) << out.str();
}

}  // namespace
}  // namespace dsocr::reports
