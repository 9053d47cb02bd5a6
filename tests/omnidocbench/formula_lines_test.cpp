#include "eval/omnidocbench/text/formula_lines.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>

#include "eval/normalize/unicode.h"
#include "tests/support/read_json.h"

namespace dsocr::omnidocbench {
namespace {

using Split = std::vector<FormulaLine> (*)(std::u32string_view, size_t);

std::vector<std::string> contents(Split split, std::u32string_view formula) {
  std::vector<std::string> lines;
  for (const FormulaLine& line : split(formula, 0))
    lines.push_back(metrics::encode_utf8(line.content));
  return lines;
}

using Lines = std::vector<std::string>;

void expect_vectors(Split split, const char* name) {
  const auto file = std::filesystem::path(DSOCR_SHARED_DIR "/golden/omnidocbench/units") / name;
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no " << file;
  const auto vectors = test::read_json(file);
  ASSERT_GT(vectors.size(), 0u);
  for (const auto& vector : vectors) {
    nlohmann::json found = nlohmann::json::array();
    for (const FormulaLine& line : split(metrics::decode_utf8(vector[0].get<std::string>()), 100))
      found.push_back({metrics::encode_utf8(line.content), {line.start, line.end}});
    EXPECT_EQ(found, vector[1]) << vector[0];
  }
}

TEST(SplitArray, CutsOneColumn) {
  const std::u32string formula =
      U"$$ \\left\\{ \\begin{array}{|l|} a \\\\ \\\\ b \\end{array} x $$";
  EXPECT_EQ(contents(split_array, formula), (Lines{"\\[a\\]", "\\[b\\]"}));
  const auto lines = split_array(formula, 7);
  EXPECT_EQ(formula.substr(lines[1].start - 7, 1), U"b");
  EXPECT_EQ(lines[1].end, lines[1].start);
  EXPECT_TRUE(split_array(U"\\begin{array}{lr} a \\\\ b \\end{array}", 0).empty());
  EXPECT_TRUE(split_array(U"\\begin{array}{l} a \\\\ b", 0).empty());
}

TEST(SplitMultiline, CutsBlocksAndBareRows) {
  const Lines ab{"\\[a\\]", "\\[b\\]"};
  EXPECT_EQ(contents(split_multiline, U"$$ \\begin{gather} a \\\\* b \\end{gather} $$"), ab);
  EXPECT_EQ(contents(split_multiline, U"\\[ a \\\\[2pt] b \\]"), ab);
  EXPECT_EQ(contents(split_multiline, U"\\begin{array}{rl} a \\\\ b \\end{array}"), ab);
  EXPECT_TRUE(split_multiline(U"\\begin{array}{cc} a \\\\ b \\end{array}", 0).empty());
  EXPECT_TRUE(split_multiline(U"{a \\\\ b}", 0).empty()) << "not at the top level";
  EXPECT_TRUE(split_multiline(U"a + b", 0).empty());
  EXPECT_TRUE(split_multiline(U"\\begin{array}{l} {a} \\\\ {b} \\\\ \\end{array}", 0).empty())
      << "the first cell is taken for a part of the column spec";
  EXPECT_TRUE(split_multiline(U"\\begin{split} a \\\\ b", 0).empty()) << "not ended";
}

TEST(SplitMultiline, DropsTagsAndKeepsWhatFollows) {
  EXPECT_EQ(contents(split_multiline,
                     U"\\begin{split} a \\tag{1} \\\\ b \\end{split}, \\quad (2.1) \\tag{3}"),
            (Lines{"\\[a\\]", "\\[b ,\\]"}));
  EXPECT_EQ(contents(split_multiline, U"\\begin{split} a \\\\ b \\end{split} (max)"),
            (Lines{"\\[a\\]", "\\[b (max)\\]"}));
}

TEST(SplitMultiline, KeepsCasesAndExplainedSystems) {
  EXPECT_TRUE(split_multiline(U"\\begin{cases} a \\\\ b \\end{cases}", 0).empty());
  EXPECT_EQ(contents(split_multiline, U"\\begin{cases} a \\\\ \\therefore b \\end{cases}").size(),
            2u);
  EXPECT_TRUE(
      split_multiline(U"\\left\\{ \\begin{aligned} x&=1 \\\\ y&=2 \\end{aligned} \\right.", 0)
          .empty());
  EXPECT_TRUE(
      split_multiline(U"\\left\\{ \\begin{array}{l} x \\\\ y \\end{array} \\right.", 0).empty());
}

TEST(LogicBraces, TurnsChainsOfConclusionsIntoArrays) {
  EXPECT_EQ(logic_braces(U"f \\begin{cases} a \\\\ \\implies b \\end{cases}."),
            U"f \\left\\{ \\begin{array}{l} a \\\\ \\implies b \\end{array} \\right..");
  const std::u32string plain = U"\\begin{cases} a & 1 \\\\ \\implies b \\end{cases}";
  EXPECT_EQ(logic_braces(plain), plain);
  EXPECT_EQ(logic_braces(U"\\begin{cases} a \\\\ \\begin{cases}\\implies b\\\\c\\end{cases}"
                         U"\\end{cases}"),
            U"\\left\\{ \\begin{array}{l} a \\\\ \\left\\{ \\begin{array}{l} \\implies b\\\\c "
            U"\\end{array} \\right. \\end{array} \\right.");
}

TEST(FormulaLines, TakesLinearTimeOnBadInput) {
  const auto start = std::chrono::steady_clock::now();
  for (const std::u32string_view piece :
       {U"\\begin{cases}", U"\\begin{array}{l}", U"{", U"\\\\", U"\\\\[", U"\\tag{", U"\\begin{",
        U"a \\\\ \\tag{", U"(a)", U"\\end{cases}", U"$", U"\\\\\\therefore\\begin{cases}"}) {
    std::u32string text = U"\\begin{align} a \\\\ b \\end{align}";
    for (int i = 0; i < 30'000; ++i) text.append(piece);
    split_array(text, 0);
    split_multiline(text, 0);
    split_multiline(text.substr(20), 0);
    logic_braces(text);
    std::u32string nested = text;
    for (int i = 0; i < 30'000; ++i) nested.append(U"\\end{cases}");
    logic_braces(nested);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
}

TEST(SplitArray, MatchesTheOfficialVectors) { expect_vectors(split_array, "v15/split_array.json"); }

TEST(SplitMultiline, MatchesTheOfficialVectors) {
  expect_vectors(split_multiline, "v17/split_multiline.json");
}

}  // namespace
}  // namespace dsocr::omnidocbench
