#include <gtest/gtest.h>

#include <algorithm>

#include "data/label/combine.h"
#include "data/label/line_links.h"
#include "data/label/truth.h"
#include "data/random.h"
#include "tests/data/label_lines.h"

namespace dsocr::data {
namespace {

using test::engine_of;
using test::engine_of_lines;
using test::line_at;
using test::region_of;

std::vector<std::string> texts(const CombinedPage& page) {
  std::vector<std::string> out;
  for (const CombinedRegion& region : page.regions) out.push_back(to_utf8(region.text));
  return out;
}

std::vector<std::string> combined(const std::vector<EngineLabels>& engines) {
  return texts(combine(engines, {}));
}

using Texts = std::vector<std::string>;

// Full lines of running text, one below the other.
std::vector<LabelLine> prose(const std::vector<std::string>& rows, float left, float top,
                             float width = 10) {
  std::vector<LabelLine> lines;
  for (const std::string& row : rows) {
    lines.push_back(line_at(row, left, top, width));
    top += 3 * width;
  }
  return lines;
}

const std::vector<std::string> kLeft{"alpha beta gamma delta", "gamma delta alpha beta",
                                     "delta gamma beta alpha"};
const std::vector<std::string> kRight{"one two three four five", "six seven eight nine it",
                                      "ten eleven twelve and on"};
const std::string kLeftText =
    "alpha beta gamma delta gamma delta alpha beta delta gamma beta alpha";
const std::string kRightText =
    "one two three four five six seven eight nine it ten eleven twelve and on";

TEST(Combine, NothingGivesNothing) {
  EXPECT_TRUE(combine({}, {}).regions.empty());
  const auto empty = engine_of("a", {});
  EXPECT_TRUE(combine(std::vector{empty, empty}, {}).regions.empty());
}

TEST(Combine, OneEngineAloneGivesItsOwnText) {
  const auto engine = engine_of(
      "a", {region_of({line_at("A title", 0, 0, 20)}, "title"), region_of(prose(kLeft, 0, 100))});
  const CombinedPage page = combine(std::vector{engine}, {});
  ASSERT_EQ(texts(page), (Texts{"A title", kLeftText}));
  EXPECT_EQ(page.regions[0].category, "title");
  EXPECT_EQ(page.regions[1].box, engine.labels.regions[1].box);
  EXPECT_EQ(page.regions[1].lines.size(), 3U);
  const RegionFeatures& features = page.regions[1].features;
  EXPECT_EQ(features.agreement, 0);
  EXPECT_EQ(features.num_engines, 1);
  EXPECT_EQ(features.length, 66);
  EXPECT_NEAR(features.confidence, 0.9, 1e-6);
  EXPECT_EQ(features.script, ScriptClass::kLatin);
  // What it is unsure of stays, too: there is nobody to say better.
  EXPECT_EQ(combined({engine_of_lines("a", {line_at("faint", 0, 0, 10, 0.1F)})}), Texts{"faint"});
}

TEST(Combine, TheSameEngineTwiceAgrees) {
  const auto engine = engine_of("a", {region_of(prose(kLeft, 0, 0))});
  auto other = engine;
  other.engine.name = "b";
  const CombinedPage page = combine(std::vector{engine, other}, {});
  ASSERT_EQ(texts(page), Texts{kLeftText});
  EXPECT_EQ(page.regions[0].features.agreement, 1);
  EXPECT_EQ(page.regions[0].features.num_engines, 2);
  EXPECT_NEAR(page.regions[0].score, 0.9, 1e-6);
}

TEST(Combine, AgreementByHand) {
  // Of four engines three have the line, two of them the same: of six pairs one agrees wholly and
  // two in three of four characters; the three with the fourth engine not at all.
  const auto a = engine_of_lines("a", {line_at("word", 0, 0)});
  const auto b = engine_of_lines("b", {line_at("word", 0, 0)});
  const auto c = engine_of_lines("c", {line_at("w0rd", 0, 0)});
  const auto d = engine_of("d", {});
  const CombinedPage page = combine(std::vector{a, b, c, d}, {});
  ASSERT_EQ(texts(page), Texts{"word"});
  EXPECT_NEAR(page.regions[0].features.agreement, (1 + 0.75 + 0.75) / 6, 1e-12);
  EXPECT_EQ(page.regions[0].features.num_engines, 3);
}

TEST(Combine, ColumnsThatOneEngineReadsAcross) {
  std::vector<LabelLine> across;
  for (std::size_t row = 0; row < 3; ++row)
    across.push_back(line_at(kLeft[row] + "    " + kRight[row], 0, static_cast<float>(30 * row)));
  const auto wrong = engine_of("a", {region_of(across)});
  const auto right =
      engine_of("b", {region_of(prose(kLeft, 0, 0)), region_of(prose(kRight, 260, 0))});
  EXPECT_EQ(combined({wrong, right}), (Texts{kLeftText, kRightText}));
  EXPECT_EQ(combined({right, wrong}), (Texts{kLeftText, kRightText}));
}

TEST(Combine, PiecesOfALineStayTogether) {
  // One engine reads a line whole, the other in two that it takes for two parts of the page.
  const auto whole = engine_of_lines("a", {line_at("first half second half", 0, 0)});
  const auto halves = [](float gap) {
    return engine_of_lines("b",
                           {line_at("first half", 0, 0), line_at("second half", 100 + gap, 0)});
  };
  EXPECT_EQ(combined({whole, halves(10)}), Texts{"first half second half"});
  const auto apart = engine_of_lines("a", {line_at("first half   second half", 0, 0)});
  EXPECT_EQ(combined({apart, halves(30)}), (Texts{"first half", "second half"}));
}

TEST(Combine, BoxesAreThoseOfTheSurestEngine) {
  const auto tight = engine_of_lines("a", {line_at("both have this", 0, 0, 10, 0.7F)});
  const auto wide = engine_of_lines("b", {line_at("both have this", 2, 2, 11, 0.9F)});
  const CombinedPage page = combine(std::vector{tight, wide}, {});
  ASSERT_EQ(page.regions.size(), 1U);
  EXPECT_EQ(page.regions[0].lines[0].box, wide.labels.regions[0].box);
  EXPECT_EQ(page.regions[0].box, wide.labels.regions[0].box);
}

TEST(Combine, OrderOfEnginesDoesNotMatter) {
  Random random(3);
  std::vector<EngineLabels> engines;
  for (const char* name : {"a", "b", "c"}) {
    std::vector<LabelRegion> regions;
    for (int block = 0; block < 3; ++block) {
      auto rows = block == 1 ? kRight : kLeft;
      for (std::string& row : rows) row[random.below(row.size())] = 'x';
      regions.push_back(
          region_of(prose(rows, static_cast<float>(random.below(5)),
                          200 * static_cast<float>(block) + static_cast<float>(random.below(5)))));
    }
    engines.push_back(engine_of(name, std::move(regions)));
  }
  const CombinedPage page = combine(engines, {});
  std::vector<std::size_t> order{0, 1, 2};
  while (std::next_permutation(order.begin(), order.end())) {
    std::vector<EngineLabels> other;
    for (const std::size_t i : order) other.push_back(engines[i]);
    const CombinedPage again = combine(other, {});
    ASSERT_EQ(texts(again), texts(page));
    for (std::size_t i = 0; i < page.regions.size(); ++i) {
      EXPECT_EQ(again.regions[i].box, page.regions[i].box);
      EXPECT_EQ(again.regions[i].score, page.regions[i].score);
    }
  }
}

TEST(Combine, WhatOnlyOneEngineSees) {
  const auto full = [](float confidence) {
    return engine_of_lines("a", {line_at("both see this", 0, 0),
                                 line_at("only one sees this", 0, 200, 10, confidence)});
  };
  const auto other = engine_of_lines("b", {line_at("both see this", 0, 0)});
  EXPECT_EQ(combined({full(0.8F), other}), (Texts{"both see this", "only one sees this"}));
  EXPECT_EQ(combined({full(0.3F), other}), Texts{"both see this"});
  const CombinedPage page = combine(std::vector{full(0.8F), other}, {});
  EXPECT_EQ(page.regions[1].score, 0);
}

TEST(Combine, ATextComesOnce) {
  // One engine reads two rows as one thick line, surer than the other reads them.
  const LabelLine thick{.text = "alphm gamma dlta", .box = {0, 0, 220, 50}, .confidence = 0.95F};
  const auto rows = engine_of("a", {region_of(prose({kLeft[0], kLeft[1]}, 0, 0))});
  EXPECT_EQ(combined({rows, engine_of_lines("b", {thick})}), Texts{"alphm gamma dlta"});
  LabelLine unsure = thick;
  unsure.confidence = 0.7F;
  EXPECT_EQ(combined({rows, engine_of_lines("b", {unsure})}), Texts{kLeft[0] + " " + kLeft[1]});
}

TEST(Combine, ParagraphsByIndentsGapsAndSizes) {
  const auto page = [](const std::string& name) {
    auto lines = prose(kLeft, 0, 0);
    lines.push_back(line_at("set in by two letters", 20, 90));
    lines.push_back(line_at("alpha beta gamma delta", 0, 120));
    lines.push_back(line_at("ends early", 0, 150));
    lines.push_back(line_at("alpha beta gamma delta", 0, 180));
    lines.push_back(line_at("alpha beta gamma delta", 0, 250));
    lines.push_back(line_at("ALPHA BETA", 0, 285, 18));
    // One engine has all in one region, the other each line in its own.
    return name == "a" ? engine_of(name, {region_of(lines)}) : engine_of_lines(name, lines);
  };
  EXPECT_EQ(combined({page("a"), page("b")}),
            (Texts{kLeftText, "set in by two letters alpha beta gamma delta ends early",
                   "alpha beta gamma delta", "alpha beta gamma delta", "ALPHA BETA"}));
}

TEST(Combine, EnginesThatAgreeDecideAgainstPlaces) {
  // Nothing but the engines says that a paragraph begins at the third line.
  const auto page = [](const std::string& name) {
    return engine_of(name, {region_of(prose({kLeft[0], kLeft[1]}, 0, 0)),
                            region_of(prose({kLeft[2], kLeft[0]}, 0, 60))});
  };
  EXPECT_EQ(combined({page("a"), page("b")}).size(), 2U);
}

TEST(Combine, TablesAreWholeAndFalseOnesAreText) {
  std::vector<LabelLine> cells;
  for (int row = 0; row < 3; ++row)
    for (int column = 0; column < 3; ++column)
      cells.push_back(line_at("c" + std::to_string(row) + std::to_string(column),
                              static_cast<float>(200 * column), static_cast<float>(80 * row)));
  LabelRegion table = region_of(cells, "table");
  table.box = {-5, -5, 500, 200};
  const CombinedPage whole =
      combine(std::vector{engine_of("a", {table}), engine_of_lines("b", cells)}, {});
  ASSERT_EQ(texts(whole), Texts{"c00 c01 c02 c10 c11 c12 c20 c21 c22"});
  EXPECT_EQ(whole.regions[0].category, "table");
  EXPECT_EQ(whole.regions[0].box, table.box);

  auto columns = prose(kLeft, 0, 0);
  const auto more = prose(kRight, 260, 0);
  columns.insert(columns.end(), more.begin(), more.end());
  const auto false_table = engine_of("a", {region_of(columns, "table")});
  const auto lines = engine_of("b", {region_of(prose(kLeft, 0, 0)), region_of(more)});
  const CombinedPage text = combine(std::vector{false_table, lines}, {});
  EXPECT_EQ(texts(text), (Texts{kLeftText, kRightText}));
  EXPECT_EQ(text.regions[0].category, "text");
}

TEST(Combine, PicturesWithoutTextStay) {
  const LabelRegion picture{.category = "image", .box = {0, 100, 300, 300}, .confidence = 0.9F};
  const LabelRegion again{.category = "image", .box = {10, 110, 290, 290}, .confidence = 0.9F};
  const auto a = engine_of("a", {region_of({line_at("above", 0, 0)}), picture});
  const LabelRegion unsure{.category = "image", .box = {400, 0, 600, 300}, .confidence = 0.1F};
  const auto b = engine_of("b", {region_of({line_at("above", 0, 0)}), again, unsure});
  const CombinedPage page = combine(std::vector{a, b}, {});
  ASSERT_EQ(page.regions.size(), 2U);
  EXPECT_EQ(page.regions[1].category, "image");
  EXPECT_EQ(page.regions[1].box, picture.box);
  EXPECT_TRUE(page.regions[1].lines.empty());
}

TEST(Combine, CategoryOfTheEngineThatKnowsMore) {
  const auto plain = engine_of("a", {region_of(prose(kLeft, 0, 0))});
  const auto knows = engine_of("b", {region_of(prose(kLeft, 0, 0), "reference")});
  EXPECT_EQ(combine(std::vector{plain, knows}, {}).regions[0].category, "reference");
}

TEST(Combine, PagesFromRightToLeft) {
  const std::vector<std::string> rows{"\u05D0\u05D1\u05D2\u05D3 \u05D4\u05D5\u05D6\u05D7",
                                      "\u05D8\u05D9\u05DB\u05DC \u05DE\u05E0\u05E1\u05E2",
                                      "\u05E4\u05E6\u05E7\u05E8 \u05E9\u05EA\u05D0\u05D1"};
  // Word boxes from left to right are of no matter to an engine without words.
  const auto column = [&](std::size_t first, float left) {
    std::vector<LabelLine> lines;
    for (std::size_t row = 0; row < 3; ++row) {
      const auto top = static_cast<float>(30 * row);
      lines.push_back({.text = rows[(first + row) % 3],
                       .box = {left, top, left + 90, top + 20},
                       .confidence = 0.9F});
    }
    return region_of(lines);
  };
  const auto engine = engine_of("a", {column(1, 0), column(0, 200)});
  EXPECT_EQ(combined({engine}), (Texts{rows[0] + " " + rows[1] + " " + rows[2],
                                       rows[1] + " " + rows[2] + " " + rows[0]}));
}

TEST(Combine, ColumnsOfVerticalLines) {
  const std::vector<std::string> rows{"\u4E00\u4E8C\u4E09\u56DB", "\u4E94\u516D\u4E03\u516B",
                                      "\u4E5D\u5341\u767E\u5343"};
  std::vector<LabelLine> lines;
  for (const std::size_t i : {1U, 2U, 0U}) {
    const float left = 200 - 30 * static_cast<float>(i);
    lines.push_back({.text = rows[i], .box = {left, 0, left + 20, 80}});
  }
  EXPECT_EQ(combined({engine_of("a", {region_of(lines)})}), Texts{rows[0] + rows[1] + rows[2]});
}

TEST(Combine, WordsAcrossLines) {
  const auto join = [](const std::string& first, const std::string& second) {
    return combined({engine_of("a", {region_of({line_at(first, 0, 0), line_at(second, 0, 30)})})});
  };
  EXPECT_EQ(join("this is an exam-", "ple of a wrapped"), Texts{"this is an example of a wrapped"});
  EXPECT_EQ(join("this is the year-", "2024 of a wrapped"),
            Texts{"this is the year- 2024 of a wrapped"});
  EXPECT_EQ(join("this is a dash -", "in the text here"),
            Texts{"this is a dash - in the text here"});
}

TEST(Combine, LettersThatOneEngineDoesNotKnow) {
  const std::string truth =
      "\u0415\u0441\u043B\u0438 \u0443 \u0432\u0430\u0441 \u0435\u0441\u0442\u044C "
      "\u0440\u0430\u0437\u0434\u0435\u043B\u044B \u0441\u043E\u0445\u0440";
  const auto able = engine_of_lines("a", {line_at(truth, 0, 0, 10, 0.7F)});
  const auto blind =
      engine_of_lines("b", {line_at("EcJIN y Bac ecTb pa3geJIbl cox", 0, 0, 9, 0.9F)});
  EXPECT_EQ(combined({able, blind}), Texts{truth});
}

TEST(Combine, SimulatedEnginesTogetherAreBetterThanEach) {
  // Lines of random words; each engine gets letters wrong, misses other lines and shifts boxes.
  Random random(29);
  std::u32string truth;
  std::vector<std::string> rows;
  for (int row = 0; row < 40; ++row) {
    std::string line;
    for (int i = 0; i < 40; ++i)
      line += i % 8 == 7 ? ' ' : static_cast<char>('a' + random.below(26));
    rows.push_back(line);
    append_text(truth, to_code_points(line));
  }
  std::vector<EngineLabels> engines;
  std::vector<double> missing;
  for (const char* name : {"a", "b"}) {
    std::vector<LabelLine> lines;
    std::size_t wrong = 0;
    for (std::size_t row = 0; row < rows.size(); ++row) {
      if (row % 10 == 3 + 4 * engines.size()) {
        wrong += rows[row].size();
        continue;
      }
      std::string line = rows[row];
      for (char& c : line) {
        if (c == ' ' || random.below(40) != 0) continue;
        c = '?';
        ++wrong;
      }
      const auto shift = static_cast<float>(random.below(4));
      LabelLine label = line_at(line, shift, 30 * static_cast<float>(row) + shift);
      for (LabelWord& word : label.words)
        if (line.substr(word.begin, word.end - word.begin).find('?') != std::string::npos)
          word.confidence = 0.4F;
      lines.push_back(label);
    }
    engines.push_back(engine_of(name, {region_of(lines)}));
    missing.push_back(static_cast<double>(wrong) / static_cast<double>(truth.size()));
  }
  std::u32string text;
  for (const CombinedRegion& region : combine(engines, {}).regions) append_text(text, region.text);
  const double error = error_in(truth, text);
  EXPECT_LT(error, missing[0] / 2);
  EXPECT_LT(error, missing[1] / 2);
}

TEST(LineLinks, OnlyNeighboursInAColumn) {
  std::vector<FlowLine> lines;
  for (const float left : {0.0F, 300.0F})
    for (const float top : {0.0F, 30.0F, 60.0F})
      lines.push_back({{left, top, left + 200, top + 20}, 20});
  lines.push_back({{0, 200, 500, 220}, 20});
  const auto links = link_lines(lines);
  ASSERT_EQ(links.size(), 4U);
  for (const LineLink& link : links) {
    EXPECT_EQ(link.below, link.above + 1);
    EXPECT_GT(link.same, 0);
  }
  EXPECT_TRUE(link_lines({}).empty());
}

TEST(LineLinks, RowsFromLeftToRight) {
  const std::vector<FlowLine> lines{
      {{100, 2, 150, 22}, 20}, {{0, 30, 50, 50}, 20}, {{0, 0, 50, 20}, 20}, {{60, 27, 90, 47}, 20}};
  EXPECT_EQ(rows_in_order(lines), (std::vector<std::size_t>{2, 0, 1, 3}));
}

}  // namespace
}  // namespace dsocr::data
