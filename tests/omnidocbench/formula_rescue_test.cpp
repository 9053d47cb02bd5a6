#include "eval/omnidocbench/markdown/formula_rescue.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <map>

#include "eval/normalize/unicode.h"
#include "eval/omnidocbench/markdown/formula_pieces.h"
#include "eval/omnidocbench/markdown/page_blocks.h"
#include "eval/omnidocbench/table/table_html.h"
#include "tests/support/read_json.h"

namespace dsocr::omnidocbench {
namespace {

using metrics::decode_utf8;
using metrics::encode_utf8;

const std::filesystem::path kPages =
    DSOCR_SHARED_DIR "/golden/omnidocbench/units/v17/md_tex_filter.json";

TEST(FormulaRescue, KnowsTextsThatAreMostlyOperators) {
  for (const auto* text : {U"3 + 4 = 7", U"$x_1$", U"\u25A1 + 5", U"a \u2192 b", U"---",
                           U"\\xrightarrow{heat} \u4E2D"})
    EXPECT_TRUE(formula_like(text)) << encode_utf8(text);
  for (const auto* text : {U"", U"$ $", U"plain words", U"x = y",
                           U"$x$ and some words of prose here", U"these words have 3 + 4 = 7"})
    EXPECT_FALSE(formula_like(text)) << encode_utf8(text);
  EXPECT_FALSE(formula_like(std::u32string(221, U'-')));
  EXPECT_TRUE(formula_like(U"$" + std::u32string(218, U'-') + U"$"));
}

TEST(FormulaRescue, WritesThemAsLatex) {
  EXPECT_EQ(sanitise_formula(U"$3\u00D74$\u3000=\u25A1"), U"\\[ 3 \\times 4 = \\square \\]");
  EXPECT_EQ(sanitise_formula(U"50% \\% & \uFF081\u2026\u2026\uFF09"),
            U"\\[ 50\\% \\% \\& (1 \\cdots \\cdots ) \\]");
  EXPECT_EQ(sanitise_formula(U"A \\xrightarrow {heat} B"),
            U"\\[ A \\xrightarrow{\\text{heat}} B \\]");
  EXPECT_EQ(
      sanitise_formula(U"A\\xrightarrow{\\Delta} B \u6C27\u5316\u8FD8\u539F\u53CD\u5E94"),
      U"\\[ A \\underset{\u6C27\u5316\u8FD8\u539F\u53CD\u5E94}{\\xrightarrow{\\Delta}} B \\]");
  EXPECT_EQ(sanitise_formula(U"\\begin{a}"), U"\\begin{a}");
  EXPECT_EQ(sanitise_formula(U"$ $"), U"");
}

TEST(FormulaRescue, TakesCellsWithArithmetic) {
  EXPECT_TRUE(formula_cell(U"3 + 4 = 7"));
  EXPECT_TRUE(formula_cell(U"1/2 %"));
  EXPECT_FALSE(formula_cell(U"3 %"));
  EXPECT_FALSE(formula_cell(U"12 + " + std::u32string(120, U'3')));
}

TEST(FormulaRescue, DropsBareNamesAndArrows) {
  for (const auto* text : {U"\\[x\\]", U"$ A_1 $", U"\\(\u03BB\\)", U"$\\xrightarrow{a}$"})
    EXPECT_TRUE(drop_inline(text)) << encode_utf8(text);
  for (const auto* text : {U"$$", U"$x^2$", U"$x=1$", U"$\\alpha$", U"$\u03BBq$"})
    EXPECT_FALSE(drop_inline(text)) << encode_utf8(text);
  EXPECT_FALSE(drop_inline(std::u32string(25, U'a')));
}

std::vector<std::string> pieces(std::u32string_view formula) {
  std::vector<std::string> out;
  for (const FormulaPiece& piece : formula_pieces(formula, 100, 100 + formula.size()))
    out.push_back((piece.is_caption ? "caption " : "") + encode_utf8(piece.content) + " " +
                  std::to_string(piece.start) + "-" + std::to_string(piece.end));
  return out;
}

using Pieces = std::vector<std::string>;

TEST(FormulaPieces, KeepOneFormulaAsItStands) {
  EXPECT_EQ(pieces(U"\\[ a  = b \\]"), (Pieces{"\\[ a  = b \\] 100-112"}));
  EXPECT_EQ(pieces(U"\\[(1)\\quad\\]"), (Pieces{"\\[(1)\\quad\\] 100-112"})) << "nothing is left";
}

TEST(FormulaPieces, CutNumbersAndCaptionsOff) {
  EXPECT_EQ(pieces(U"\\[(12) \\quad a=b\\]"),
            (Pieces{"\\[ a=b \\] 100-118", "caption (12) 100-104"}));
  EXPECT_EQ(pieces(U"\\[\\left( ii \\right) x\\]"),
            (Pieces{"\\[ x \\] 100-123", "caption ( ii ) 100-106"}));
  EXPECT_EQ(pieces(U"$$a=b \\qquad \\text{by the induction}.$$"),
            (Pieces{"$$ a=b $$ 100-139", "caption by the induction. 122-139"}));
  EXPECT_EQ(pieces(U"\\[a=b, \\quad (for every number) \\]"),
            (Pieces{"\\[ a=b, \\] 100-134", "caption (for every number) 116-134"}));
  EXPECT_EQ(pieces(U"\\[a \\quad (iv)\\]").size(), 1u) << "a number is no caption";
}

TEST(FormulaPieces, CutFormulasSideBySideApart) {
  EXPECT_EQ(pieces(U"\\[1+2=3 \\quad 4+5=9\\]"),
            (Pieces{"\\[ 1+2=3 \\] 100-110", "\\[ 4+5=9 \\] 110-121"}));
  EXPECT_EQ(pieces(U"\\[1+2=3 \\quad x=9\\]").size(), 1u);
  EXPECT_EQ(pieces(U"\\[1+2=3 \\quad\\]").size(), 1u);
}

TEST(PageBlocks, StripMathFromImageDescriptions) {
  EXPECT_EQ(strip_image_descriptions(U"The  image shows \\(a\\) and\n$b$ there\n \n$c$\n\n"),
            U"The  image shows a and\nb there\n \n$c$\n\n");
  EXPECT_EQ(strip_image_descriptions(U"The image $a$"), U"The image $a$") << "too short";
}

TEST(PageBlocks, ReduceDivsToText) {
  EXPECT_TRUE(is_div(U"<DIV class=x>a</DIV>"));
  EXPECT_FALSE(is_div(U"a <div>"));
  EXPECT_FALSE(is_div(U"<div><TABLE></table></div>"));
  EXPECT_EQ(
      div_text(U"<div> a&nbsp;<b>b</b><br>c \n d<p>e</p>f<style>g</style>\n\n</div>h<!--i-->"),
      U"a b\nc\nde\nf\nh");
}

TEST(FormulaRescue, TakesLinearTimeOnBadInput) {
  const auto start = std::chrono::steady_clock::now();
  for (const std::u32string_view piece :
       {U"$", U"\\(", U"(", U"(a", U"\\quad", U"\\quad(abcdefghijk lmn)", U"\\xrightarrow{", U" \n",
        U"\\text{", U"\\, ", U"<div>", U"(1)", U"\\quad 1+2=3",
        U"the image of the whole page \n\n"}) {
    std::u32string text = U"(1) ";
    for (int i = 0; i < 30'000; ++i) text.append(piece);
    for (const auto* end : {U"", U"a)", U"}"}) {
      const std::u32string all = text + end;
      formula_like(all);
      sanitise_formula(all);
      formula_cell(all);
      drop_inline(all);
      strip_image_descriptions(all);
      formula_pieces(all, 0, all.size());
      div_text(all);
    }
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(60));
}

// A text is followed by an item of its own if it is taken for a formula.
TEST(FormulaRescue, TakesTheOfficialTexts) {
  if (!std::filesystem::exists(kPages)) GTEST_SKIP() << "no " << kPages;
  size_t taken = 0;
  for (const auto& page : test::read_json(kPages)) {
    std::map<std::string, std::string> rescued;
    for (const auto& item : page["items"])
      if (item[1] == "text_formula") rescued[item[2].dump()] = item[3];
    for (const auto& item : page["items"]) {
      if (item[1] != "text_block") continue;
      const std::u32string text = decode_utf8(item[3].get<std::string>());
      const auto expected = rescued.find(item[2].dump());
      ASSERT_EQ(formula_like(text), expected != rescued.end()) << item;
      if (expected == rescued.end()) continue;
      ++taken;
      EXPECT_EQ(encode_utf8(sanitise_formula(text)), expected->second) << item;
    }
  }
  EXPECT_GT(taken, 0u);
}

TEST(FormulaRescue, TakesTheOfficialCells) {
  if (!std::filesystem::exists(kPages)) GTEST_SKIP() << "no " << kPages;
  size_t taken = 0;
  for (const auto& page : test::read_json(kPages)) {
    std::multimap<std::string, std::string> expected, found;
    for (const auto& item : page["items"])
      if (item[1] == "table_formula_rescue") expected.emplace(item[2].dump(), item[3]);
    for (const auto& item : page["items"]) {
      if (item[0] != "html_table") continue;
      size_t at = item[2][0];
      for (const auto& cell : cell_texts(decode_utf8(item[3].get<std::string>()))) {
        if (!formula_cell(cell)) continue;
        const size_t end = at + cell.size();
        found.emplace(nlohmann::json({at, end}).dump(), encode_utf8(sanitise_formula(cell)));
        at = end + 1;
      }
    }
    EXPECT_EQ(found, expected) << page["file"];
    taken += found.size();
  }
  EXPECT_GT(taken, 0u);
}

}  // namespace
}  // namespace dsocr::omnidocbench
