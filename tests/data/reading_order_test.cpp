// Orders of boxes that are told by hand, and of pages whose order the renderer knows.
#include "data/label/reading_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "data/render/renderer.h"
#include "tests/data/render_texts.h"

namespace dsocr::data {
namespace {

using Order = std::vector<std::size_t>;

// Boxes in the order of `wanted` are read as they come, however they are given.
void expect_order(const std::vector<PixelBox>& wanted) {
  Order given(wanted.size());
  std::iota(given.begin(), given.end(), std::size_t{0});
  std::mt19937 bits(3);
  for (int round = 0; round < 5; ++round) {
    std::vector<PixelBox> boxes;
    for (const std::size_t i : given) boxes.push_back(wanted[i]);
    Order read;
    for (const std::size_t i : reading_order(boxes)) read.push_back(given[i]);
    Order as_wanted(wanted.size());
    std::iota(as_wanted.begin(), as_wanted.end(), std::size_t{0});
    EXPECT_EQ(read, as_wanted);
    for (std::size_t i = given.size(); i > 1; --i) std::swap(given[i - 1], given[bits() % i]);
  }
}

TEST(ReadingOrder, OfNothingAndOfOneBox) {
  EXPECT_EQ(reading_order({}), Order{});
  expect_order({{10, 10, 20, 20}});
}

TEST(ReadingOrder, FromTopToBottom) {
  expect_order({{100, 10, 500, 40}, {10, 60, 900, 200}, {10, 220, 400, 300}});
}

TEST(ReadingOrder, ColumnsUnderATitleAndAboveAFooter) {
  expect_order({{10, 10, 900, 60},    // title
                {10, 100, 440, 300},  // left column; its gap is not that of the right one
                {10, 320, 440, 800},
                {470, 100, 900, 500},
                {470, 520, 900, 800},
                {10, 850, 900, 880}});  // footer
}

TEST(ReadingOrder, SectionsWithOtherColumnsOneAfterTheOther) {
  expect_order({{10, 10, 440, 200},
                {470, 10, 900, 200},
                {10, 230, 900, 260},  // a title across
                {10, 290, 290, 600},
                {320, 290, 590, 600},
                {620, 290, 900, 600}});
}

// A short title over the left column stands in it; a row of its own goes over both.
TEST(ReadingOrder, TitlesWithinAColumn) {
  expect_order({{10, 10, 200, 40},
                {10, 60, 440, 400},
                {10, 430, 300, 460},
                {10, 480, 440, 800},
                {470, 60, 900, 380},
                {470, 420, 900, 800}});
}

// Not a column of numbers after all equations.
TEST(ReadingOrder, NumbersOfEquationsBelongToTheirRows) {
  expect_order({{10, 10, 900, 200},
                {200, 230, 600, 270},
                {850, 235, 900, 265},
                {10, 300, 900, 500},
                {200, 530, 600, 570},
                {850, 535, 900, 565},
                {10, 600, 900, 700}});
}

TEST(ReadingOrder, BulletsBeforeTheirItems) {
  expect_order({{10, 10, 20, 30}, {40, 10, 600, 60}, {10, 80, 20, 100}, {40, 80, 600, 130}});
}

// Two pictures side by side, each with its caption.
TEST(ReadingOrder, CaptionsBehindTheirPictures) {
  expect_order({{10, 10, 440, 300},
                {100, 310, 350, 330},
                {470, 10, 900, 300},
                {550, 310, 800, 330},
                {10, 360, 900, 500}});
}

// Laid like the sails of a windmill: no straight line parts them.
TEST(ReadingOrder, WhatNoStraightCutDivides) {
  expect_order({{10, 10, 590, 200},      // above the next two
                {10, 220, 290, 700},     // at the left, down to the foot
                {310, 220, 590, 500},    // in the middle
                {610, 10, 900, 500},     // at the right, from the head
                {310, 520, 900, 700}});  // under the last two
}

TEST(ReadingOrder, BoxesThatTouchAndOverlapALittle) {
  expect_order({{10, 10, 452, 104},
                {8, 96, 450, 204},
                {10, 198, 449, 300},
                {445, 12, 900, 150},
                {447, 142, 898, 305}});
}

TEST(ReadingOrder, EqualBoxesKeepTheirOrder) {
  const std::vector<PixelBox> boxes(4, {10, 10, 100, 100});
  EXPECT_EQ(reading_order(boxes), (Order{0, 1, 2, 3}));
}

TEST(ReadingOrder, OfNoiseIsAPermutation) {
  std::mt19937 bits(1);
  std::vector<PixelBox> boxes;
  for (int i = 0; i < 300; ++i) {
    const auto x = static_cast<float>(bits() % 1000);
    const auto y = static_cast<float>(bits() % 1000);
    // Some have no size.
    boxes.push_back(
        {x, y, x + static_cast<float>(bits() % 200), y + static_cast<float>(bits() % 9)});
  }
  Order order = reading_order(boxes);
  std::sort(order.begin(), order.end());
  for (std::size_t i = 0; i < order.size(); ++i) ASSERT_EQ(order[i], i);
  EXPECT_EQ(order.size(), boxes.size());
}

TEST(ReadingOrder, OfRenderedPages) {
  std::string text = "# A title of the whole\n\n";
  for (int i = 1; i < 12; ++i)
    text += std::string(test::kProse).substr(0, static_cast<std::size_t>(160 - 9 * i)) + "\n\n" +
            (i % 4 == 0 ? "## A part\n\n- one\n- two\n\n" : "");
  for (const std::int64_t columns : {1, 2, 3, 4}) {
    PageStyle style = draw_style(test::config_of(R"({"page": {"height": [0]}})"), 0);
    style.columns = columns;
    const RenderedPage page = render(parse_markdown(text), style, configs::VisionMode::kBase);
    std::vector<PixelBox> boxes;
    for (const Block& block : page.blocks)
      boxes.push_back({static_cast<float>(block.box[0]), static_cast<float>(block.box[1]),
                       static_cast<float>(block.box[2]), static_cast<float>(block.box[3])});
    ASSERT_GT(boxes.size(), 12U);
    expect_order(boxes);
  }
}

}  // namespace
}  // namespace dsocr::data
