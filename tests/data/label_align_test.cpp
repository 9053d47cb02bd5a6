#include <gtest/gtest.h>

#include "data/label/align.h"
#include "data/label/connected.h"
#include "tests/data/label_lines.h"

namespace dsocr::data {
namespace {

using test::engine_of;
using test::engine_of_lines;
using test::line_at;

// The pieces of each group as "engine:text", groups by place.
std::vector<std::vector<std::string>> texts(const std::vector<EngineLabels>& engines) {
  std::vector<std::vector<std::string>> out;
  for (const LineGroup& group : align_lines(engines)) {
    out.emplace_back();
    for (const LinePiece& piece : group.pieces)
      out.back().push_back(
          engines[piece.engine].engine.name + ":" +
          engines[piece.engine].labels.regions[piece.region].lines[piece.line].text.substr(
              piece.begin, piece.end - piece.begin));
  }
  return out;
}

using Groups = std::vector<std::vector<std::string>>;

TEST(AlignLines, SameLinesInSpiteOfOtherBoxes) {
  const auto a = engine_of_lines("a", {line_at("one two", 100, 100), line_at("three", 100, 130)});
  auto b = engine_of_lines("b", {line_at("three", 104, 127), line_at("one  two", 97, 103)});
  EXPECT_EQ(texts({a, b}), (Groups{{"a:one two", "b:one  two"}, {"a:three", "b:three"}}));
}

TEST(AlignLines, ColumnsThatOneEngineTakesForOneLine) {
  const auto a = engine_of_lines(
      "a", {line_at("left column right column", 0, 0), line_at("left again right again", 0, 30)});
  const auto b = engine_of_lines("b", {line_at("left column", 0, 1), line_at("left again", 0, 31),
                                       line_at("right column", 120, 1)});
  // Nobody cuts the second line on its right.
  EXPECT_EQ(texts({a, b}), (Groups{{"a:left column", "b:left column"},
                                   {"a:right column", "b:right column"},
                                   {"a:left again right again", "b:left again"}}));
  EXPECT_EQ(texts({b, a})[1], (std::vector<std::string>{"b:right column", "a:right column"}));
}

TEST(AlignLines, LinesThatOneEngineCutsAtWideGaps) {
  const auto whole = engine_of_lines("a", {line_at("name . . .   12", 0, 0)});
  const auto cut = engine_of_lines("b", {line_at("name", 0, 0), line_at("12", 130, 0)});
  // The cut is where the gap is widest.
  EXPECT_EQ(texts({whole, cut}), (Groups{{"a:name . . .", "b:name"}, {"a:12", "b:12"}}));
}

TEST(AlignLines, EachCutsTheOther) {
  const auto a = engine_of_lines("a", {line_at("aa bb", 0, 0), line_at("cc", 60, 0)});
  const auto b = engine_of_lines("b", {line_at("aa", 0, 0), line_at("bb cc", 30, 0)});
  EXPECT_EQ(texts({a, b}), (Groups{{"a:aa", "b:aa"}, {"a:bb", "b:bb"}, {"a:cc", "b:cc"}}));
}

TEST(AlignLines, ThreeEnginesOneOfWhichMissesALine) {
  const auto a = engine_of_lines("a", {line_at("one", 0, 0), line_at("two", 0, 30)});
  const auto b = engine_of_lines("b", {line_at("one", 0, 0)});
  const auto c = engine_of_lines("c", {line_at("two", 0, 30), line_at("three", 300, 0)});
  EXPECT_EQ(texts({a, b, c}), (Groups{{"a:one", "b:one"}, {"c:three"}, {"a:two", "c:two"}}));
}

TEST(AlignLines, RowsThatOneEngineTakesForOneAreNotTheSame) {
  const auto rows = engine_of_lines("a", {line_at("upper row", 0, 0), line_at("lower row", 0, 22)});
  LabelLine both{.text = "uppr low", .box = {0, 0, 90, 42}, .confidence = 0.3F};
  const auto thick = engine_of_lines("b", {both});
  EXPECT_EQ(texts({rows, thick}), (Groups{{"a:upper row"}, {"b:uppr low"}, {"a:lower row"}}));
  // A formula is thicker than the text around it, too.
  both.box = {0, -10, 90, 30};
  EXPECT_EQ(
      texts({engine_of_lines("a", {line_at("upper row", 0, 0)}), engine_of_lines("b", {both})})
          .size(),
      1U);
}

TEST(AlignLines, ALineInAFrameOfAPictureIsNotTheSame) {
  const auto text = engine_of_lines("a", {line_at("some text", 0, 40)});
  const auto frame = [](float height) {
    return engine_of_lines("b", {{.text = "T", .box = {0, 50 - height / 2, 90, 50 + height / 2}}});
  };
  EXPECT_EQ(align_lines(std::vector{text, frame(50)}).size(), 1U);
  EXPECT_EQ(align_lines(std::vector{text, frame(70)}).size(), 2U);
}

TEST(AlignLines, LinesOfATurnedPageOverlapButTheirWordsDoNot) {
  // Lines rise by 60 pixels from left to right and lie 30 apart.
  const auto turned = [](const std::string& name, float shift) {
    std::vector<LabelLine> lines;
    for (const float top : {100.0F, 130.0F, 160.0F}) {
      LabelLine line = line_at("aaaa bbbb cccc dddd eeee ffff", shift, top);
      for (LabelWord& word : line.words) {
        const float rise = word.box.left * 0.2F;
        word.box.top -= rise;
        word.box.bottom -= rise;
        line.box = around(line.box, word.box);
      }
      lines.push_back(line);
    }
    return engine_of_lines(name, lines);
  };
  const std::vector<EngineLabels> engines{turned("a", 0), turned("b", 3)};
  const auto groups = align_lines(engines);
  ASSERT_EQ(groups.size(), 3U);
  for (const LineGroup& group : groups) {
    ASSERT_EQ(group.pieces.size(), 2U);
    EXPECT_EQ(group.pieces[0].region, group.pieces[1].region);
  }
}

TEST(AlignLines, VerticalLines) {
  const auto column = [](const std::string& name, float left) {
    LabelLine line{.text = "\u7E26\u66F8\u304D", .box = {left, 0, left + 20, 60}};
    for (std::size_t i = 0; i < 3; ++i) {
      const auto top = static_cast<float>(20 * i);
      line.words.push_back({3 * i, 3 * i + 3, {left, top, left + 20, top + 20}});
    }
    return engine_of_lines(name, {line});
  };
  EXPECT_EQ(align_lines(std::vector{column("a", 100), column("b", 104)}).size(), 1U);
  EXPECT_EQ(align_lines(std::vector{column("a", 100), column("b", 122)}).size(), 2U);
}

TEST(AlignLines, PiecesAreWholeLinesWhereNothingIsCut) {
  const auto a = engine_of_lines("a", {line_at(" padded ", 0, 0)});
  const auto groups = align_lines(std::vector{a});
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups[0].pieces[0], (LinePiece{0, 0, 0, 1, 7, a.labels.regions[0].lines[0].box}));
  EXPECT_EQ(groups[0].box, groups[0].pieces[0].box);
}

TEST(AlignLines, NothingAndLinesWithoutText) {
  EXPECT_TRUE(align_lines({}).empty());
  const auto empty = engine_of("a", {});
  EXPECT_TRUE(align_lines(std::vector{empty, empty}).empty());
  const auto blank = engine_of_lines("b", {{.text = "  ", .box = {0, 0, 20, 20}}});
  EXPECT_TRUE(align_lines(std::vector{blank, empty}).empty());
}

TEST(AlignLines, BoxesWithoutAreaStandAlone) {
  const LabelLine point{.text = "x", .box = {5, 5, 5, 5}};
  EXPECT_EQ(
      align_lines(std::vector{engine_of_lines("a", {point}), engine_of_lines("b", {point})}).size(),
      2U);
}

TEST(AlignLines, EveryWordIsInOneGroup) {
  std::vector<LabelLine> one, other;
  for (int row = 0; row < 6; ++row) {
    const auto top = static_cast<float>(30 * row);
    one.push_back(line_at("a bb ccc dddd eeeee f gg", 0, top));
    other.push_back(line_at("a bb ccc", 0, top + 2));
    other.push_back(line_at("dddd eeeee f gg", 90, top + 1));
  }
  const std::vector<EngineLabels> engines{engine_of_lines("a", one), engine_of_lines("b", other)};
  std::size_t bytes = 0;
  for (const LineGroup& group : align_lines(engines))
    for (const LinePiece& piece : group.pieces) bytes += piece.end - piece.begin;
  EXPECT_EQ(bytes, 6U * (8 + 15) * 2);  // all but the blanks where lines are cut
}

TEST(Connected, GroupsInGrowingOrder) {
  using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;
  EXPECT_EQ(connected(5, Pairs{{4, 2}, {3, 1}, {2, 2}}),
            (std::vector<std::vector<std::size_t>>{{0}, {1, 3}, {2, 4}}));
  EXPECT_EQ(connected(4, Pairs{{3, 2}, {1, 0}, {2, 1}}).size(), 1U);
  EXPECT_TRUE(connected(0, {}).empty());
}

TEST(Boxes, AreasAndUnions) {
  EXPECT_EQ(area({0, 0, 3, 4}), 12);
  EXPECT_EQ(area({3, 0, 0, 4}), 0);
  EXPECT_EQ(shared_area({0, 0, 10, 10}, {5, 8, 20, 20}), 10);
  EXPECT_EQ(shared_area({0, 0, 1, 1}, {2, 2, 3, 3}), 0);
  EXPECT_EQ(around({0, 1, 2, 3}, {-1, 2, 1, 9}), (PixelBox{-1, 1, 2, 9}));
}

}  // namespace
}  // namespace dsocr::data
