#include "eval/metrics/layout.h"

#include <gtest/gtest.h>

namespace dsocr::metrics {
namespace {

LayoutBox box(const std::string& category, double left, double right, double confidence = 1) {
  return {category, {left, 0, right, 10}, confidence};
}

TEST(Layout, OverlapIsSharedOverCovered) {
  EXPECT_DOUBLE_EQ(intersection_over_union({0, 0, 10, 10}, {5, 0, 15, 10}), 1.0 / 3);
  EXPECT_DOUBLE_EQ(intersection_over_union({0, 0, 10, 10}, {0, 0, 10, 10}), 1);
  EXPECT_DOUBLE_EQ(intersection_over_union({0, 0, 10, 10}, {10, 0, 20, 10}), 0);
  EXPECT_DOUBLE_EQ(intersection_over_union({0, 0, 0, 0}, {0, 0, 0, 0}), 0);
  EXPECT_DOUBLE_EQ(intersection_over_union({5, 5, 1, 1}, {0, 0, 10, 10}), 0);
}

TEST(Layout, ATrueBoxIsFoundOnce) {
  // The surer of two takes it; the other is wrong.
  const std::vector<LayoutPage> pages{
      {{box("text", 0, 10, 0.5), box("text", 0, 9, 0.9)}, {box("text", 0, 10)}}};
  const LayoutScores scores = layout_scores(pages);
  EXPECT_EQ(scores.right, 1u);
  EXPECT_DOUBLE_EQ(scores.precision, 0.5);
  EXPECT_DOUBLE_EQ(scores.recall, 1);
  EXPECT_DOUBLE_EQ(scores.f1, 2.0 / 3);
  EXPECT_DOUBLE_EQ(scores.mean_average_precision, 1);
}

TEST(Layout, TheCategoryMustBeRight) {
  const std::vector<LayoutPage> pages{{{box("title", 0, 10)}, {box("text", 0, 10)}}};
  const LayoutScores scores = layout_scores(pages);
  EXPECT_EQ(scores.right, 0u);
  EXPECT_DOUBLE_EQ(scores.mean_average_precision, 0);
}

// Right, wrong, right of four true ones, by confidence over two pages: precision 1 and 2/3 at the
// right ones, (1 + 2/3) / 4.
TEST(Layout, AveragePrecisionGoesOverAllPages) {
  const std::vector<LayoutPage> pages{
      {{box("text", 0, 10, 0.9), box("text", 50, 60, 0.8)},
       {box("text", 0, 10), box("text", 20, 30)}},
      {{box("text", 0, 10, 0.7)}, {box("text", 0, 10), box("text", 20, 30)}}};
  EXPECT_DOUBLE_EQ(layout_scores(pages).mean_average_precision, (1 + 2.0 / 3) / 4);
}

TEST(Layout, NothingOnBothSidesIsRight) {
  EXPECT_DOUBLE_EQ(layout_scores({}).f1, 1);
  EXPECT_DOUBLE_EQ(layout_scores({}).mean_average_precision, 1);
  const std::vector<LayoutPage> found{{{box("text", 0, 10)}, {}}};
  EXPECT_DOUBLE_EQ(layout_scores(found).f1, 0);
  EXPECT_DOUBLE_EQ(layout_scores(found).mean_average_precision, 0);
}

}  // namespace
}  // namespace dsocr::metrics
