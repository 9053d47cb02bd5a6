#include "eval/omnidocbench/text/latex_strings.h"

#include <gtest/gtest.h>

#include <chrono>

#include "eval/omnidocbench/text/delimiters.h"

namespace dsocr::omnidocbench {
namespace {

using Rows = std::vector<std::u32string>;

TEST(Delimiters, AreFoundFromLeftToRight) {
  const std::u32string text = U"$$a$$ $b\n$ \\(c\\) $ \\( d";
  DelimiterScanner scanner(text, {kDollars, kParentheses}, Inner::kLine);
  std::vector<std::u32string> inners;
  while (const auto match = scanner.next()) inners.emplace_back(match->inner(text));
  EXPECT_EQ(inners, (std::vector<std::u32string>{U"", U"", U" \\(c\\) "}));
  EXPECT_EQ(first_delimited(text, {kDoubleDollars, kDollars}, Inner::kText)->inner(text), U"a");
  EXPECT_EQ(count_delimited(text, {kDollars}, Inner::kText), 3u);
  EXPECT_FALSE(first_delimited(U"\\( \n \\)", {kParentheses}, Inner::kLine));
}

TEST(Delimiters, MayDemandAnInsideWithoutEscapedClose) {
  const auto inner = [](std::u32string_view text) -> std::u32string {
    const auto match = first_delimited(text, {kBrackets}, Inner::kLineNotEmpty);
    return match ? std::u32string(match->inner(text)) : U"none";
  };
  EXPECT_EQ(inner(U"\\[a\\\\]\\]"), U"a\\\\]");
  EXPECT_EQ(inner(U"\\[\\] \\]"), U"\\] ");
  EXPECT_EQ(inner(U"\\[\\]"), U"none");
}

TEST(Delimiters, MatchBracesButEscapedOnes) {
  EXPECT_EQ(matching_braces(U"{\\}}{"),
            (std::vector<size_t>{3, kUnclosed, kUnclosed, kUnclosed, kUnclosed}));
}

TEST(LatexStrings, StripDelimitersHoweverMany) {
  EXPECT_EQ(strip_delimiters(U" $$ \\[ \\( $x$ \\) \\] $$ "), U"x");
  EXPECT_EQ(strip_delimiters(U"$"), U"$");
  EXPECT_EQ(strip_delimiters(U"$$$"), U"$");
  EXPECT_EQ(strip_delimiters(U"$x"), U"$x");
}

TEST(LatexStrings, StripTagsWithTheirGroups) {
  EXPECT_EQ(strip_tags(U"a \\tag{1{b}} c \\tag * {2}\\notag\\nonumber"), U"a  c ");
  EXPECT_EQ(strip_tags(U"\\tagged{a}"), U"\\tagged{a}");
  EXPECT_EQ(strip_tags(U"\\tag{a"), U"{a");
}

TEST(LatexStrings, DecodeCircled) {
  EXPECT_EQ(decode_circled(U"\u2460\u2469\u2473\u24D0\u24E9\u24B6\u24CF\u24EA"),
            U"11020azAZ\u24EA");
  EXPECT_EQ(decode_circled(U"\\textcircled { 12 }\\textcircled{\\textcircled{x}}"),
            U"12\\textcircled{x}");
  EXPECT_EQ(decode_circled(U"\\textcircled{}\\textcircled{ }\\textcircled{"),
            U"\\textcircled{} \\textcircled{");
}

TEST(LatexStrings, UnwrapMath) {
  EXPECT_EQ(unwrap_math(U"$$a$$\\[b\n\\]\\(c\\)$d$$"), U" a  b\n  c  d $");
}

TEST(LatexStrings, EnvelopeKeepsTheDelimiters) {
  const Envelope brackets = envelope(U"\\[ a \n b \\]");
  EXPECT_EQ(brackets.inside, U"a b");
  EXPECT_EQ(brackets.wrap(U"x"), U"\\[ x \\]");
  EXPECT_EQ(envelope(U" a  $b$").wrap(U"x"), U"x");
  EXPECT_EQ(envelope(U"$$x$$").left, U"$$");
}

TEST(LatexStrings, SplitRowsAtTheTopLevel) {
  EXPECT_EQ(split_rows(U" a \\\\* [1pt] b \\\\ \\\\ {c \\\\ d} \\\\"),
            (Rows{U"a", U"b", U"{c \\\\ d}"}));
  EXPECT_EQ(split_rows(U"\\begin{x} a \\\\ b \\end{x} \\\\ \\{ c"),
            (Rows{U"\\begin{x} a \\\\ b \\end{x}", U"\\{ c"}));
  EXPECT_EQ(split_rows(U"}\\end{y}a\\\\b"), (Rows{U"}\\end{y}a", U"b"}));
  EXPECT_EQ(split_rows(U" "), Rows{});
}

TEST(LatexStrings, FindTheTopLevelAmpersand) {
  EXPECT_EQ(top_level_ampersand(U"{&}\\&a&"), 6u);
  EXPECT_EQ(top_level_ampersand(U"\\begin{a}&\\end{a}"), std::u32string::npos);
}

TEST(LatexStrings, TakeLinearTimeOnBadInput) {
  const auto start = std::chrono::steady_clock::now();
  for (const std::u32string_view piece :
       {U"$", U"\\[", U"\\tag{", U"\\tag ", U"\\textcircled{", U"\\textcircled", U"{", U"\\\\[",
        U"\\begin{", U"\\end{a}", U"\\begin{a}", U"\\(\n"}) {
    std::u32string text;
    for (int i = 0; i < 200'000; ++i) text.append(piece);
    strip_delimiters(text);
    strip_tags(text);
    decode_circled(text);
    unwrap_math(text);
    envelope(text);
    split_rows(text);
    top_level_ampersand(text);
    count_delimited(text, {kDoubleDollars, kDollars, kParentheses, kBrackets}, Inner::kText);
    count_delimited(text, {kBrackets, kParentheses}, Inner::kLineNotEmpty);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
}

}  // namespace
}  // namespace dsocr::omnidocbench
