#include "eval/omnidocbench/match/assignment.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "eval/omnidocbench/match/set_order.h"
#include "tests/support/read_json.h"

namespace dsocr::omnidocbench {
namespace {

using Pairs = std::vector<std::pair<size_t, size_t>>;

CostMatrix matrix(const std::vector<std::vector<double>>& rows) {
  CostMatrix cost(rows.size(), rows.empty() ? 0 : rows[0].size());
  for (size_t i = 0; i < cost.rows; ++i)
    for (size_t j = 0; j < cost.columns; ++j) cost(i, j) = rows[i][j];
  return cost;
}

const std::filesystem::path kUnits = DSOCR_SHARED_DIR "/golden/omnidocbench/units";

TEST(Assignment, TakesTheCheapestPairs) {
  EXPECT_EQ(linear_sum_assignment(matrix({{4, 1, 3}, {2, 0, 5}, {3, 2, 2}})),
            (Pairs{{0, 1}, {1, 0}, {2, 2}}));
  EXPECT_EQ(linear_sum_assignment(matrix({{1}, {0}, {2}})), (Pairs{{1, 0}}));
  EXPECT_TRUE(linear_sum_assignment(CostMatrix(0, 3)).empty());
}

TEST(Assignment, BreaksTiesAsScipy) {
  const auto file = kUnits / "lsa.json";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no " << file;
  const auto vectors = test::read_json(file);
  ASSERT_GT(vectors.size(), 0u);
  for (const auto& vector : vectors) {
    Pairs expected;
    for (size_t i = 0; i < vector[1].size(); ++i) expected.emplace_back(vector[1][i], vector[2][i]);
    EXPECT_EQ(linear_sum_assignment(matrix(vector[0])), expected) << vector[0];
  }
}

TEST(SetOrder, IsThatOfCpython) {
  EXPECT_EQ(set_difference_order(9, {0, 2, 3, 4, 5, 6, 7}), (std::vector<size_t>{8, 1}));
  EXPECT_EQ(set_difference_order(9, {4}), (std::vector<size_t>{0, 1, 2, 3, 5, 6, 7, 8}));
  EXPECT_TRUE(set_difference_order(0, {}).empty());
  const auto file = kUnits / "set_order.json";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no " << file;
  const auto vectors = test::read_json(file);
  ASSERT_GT(vectors.size(), 0u);
  for (const auto& vector : vectors)
    EXPECT_EQ(set_difference_order(vector[0], vector[1]), vector[2].get<std::vector<size_t>>());
}

}  // namespace
}  // namespace dsocr::omnidocbench
