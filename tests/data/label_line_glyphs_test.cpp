#include <gtest/gtest.h>

#include "data/label/line_glyphs.h"

namespace dsocr::data {
namespace {

TEST(LineGlyphs, ShareTheBoxesOfTheirWords) {
  const VotedLine line{
      .text = U"ab cde", .box = {10, 0, 110, 20}, .words = {{10, 0, 50, 20}, {80, 2, 110, 18}}};
  EXPECT_EQ(glyphs_of(line), (std::vector<LineGlyph>{{U"a", {10, 0, 30, 20}},
                                                     {U"b", {30, 0, 50, 20}},
                                                     {U"c", {80, 2, 90, 18}},
                                                     {U"d", {90, 2, 100, 18}},
                                                     {U"e", {100, 2, 110, 18}}}));
}

// A mark stands on its letter; Hebrew goes to the left, digits in it to the right.
TEST(LineGlyphs, FollowTheDirectionOfTheWord) {
  const VotedLine line{.text = U"\u05D0\u05B8\u05D1 12",
                       .box = {0, 0, 100, 20},
                       .words = {{60, 0, 100, 20}, {0, 0, 40, 20}}};
  EXPECT_EQ(glyphs_of(line), (std::vector<LineGlyph>{{U"\u05D0\u05B8", {80, 0, 100, 20}},
                                                     {U"\u05D1", {60, 0, 80, 20}},
                                                     {U"1", {0, 0, 20, 20}},
                                                     {U"2", {20, 0, 40, 20}}}));
}

TEST(LineGlyphs, ShareTheLineWhereBoxesAreNotThoseOfWords) {
  const VotedLine line{.text = U"a b", .box = {0, 0, 30, 10}, .words = {{0, 0, 30, 10}}};
  EXPECT_EQ(glyphs_of(line),
            (std::vector<LineGlyph>{{U"a", {0, 0, 10, 10}}, {U"b", {20, 0, 30, 10}}}));
  const VotedLine vertical{.text = U"\u65E5\u672C", .box = {0, 0, 10, 40}, .words = {}};
  EXPECT_EQ(glyphs_of(vertical),
            (std::vector<LineGlyph>{{U"\u65E5", {0, 0, 10, 20}}, {U"\u672C", {0, 20, 10, 40}}}));
  EXPECT_TRUE(glyphs_of({}).empty());
}

}  // namespace
}  // namespace dsocr::data
