#include "eval/runner.h"

#include <gtest/gtest.h>

#include <sstream>
#include <stdexcept>

namespace dsocr::eval {
namespace {

TEST(Runner, KeepsTheOrderForAnyNumberOfThreads) {
  for (const size_t threads : {1u, 2u, 7u}) {
    std::ostringstream log;
    reports::Progress progress("x", "items", 500, log, false);
    const auto squares = map_ordered(500, threads, progress, [](size_t i) { return i * i; });
    ASSERT_EQ(squares.size(), 500u);
    for (size_t i = 0; i < squares.size(); ++i) EXPECT_EQ(squares[i], i * i);
  }
}

TEST(Runner, PassesOnTheExceptionOfAPage) {
  std::ostringstream log;
  reports::Progress progress("x", "items", 100, log, false);
  const auto fail_at_37 = [](size_t i) {
    if (i == 37) throw std::runtime_error("page 37");
    return i;
  };
  EXPECT_THROW(map_ordered(100, 3, progress, fail_at_37), std::runtime_error);
}

TEST(Runner, ZeroThreadsMeansOnePerCore) {
  EXPECT_GE(num_threads(0), 1u);
  EXPECT_EQ(num_threads(3), 3u);
}

}  // namespace
}  // namespace dsocr::eval
