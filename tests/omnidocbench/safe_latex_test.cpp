#include "eval/omnidocbench/text/safe_latex.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "eval/normalize/unicode.h"
#include "eval/omnidocbench/text/inline_latex.h"
#include "tests/support/read_json.h"

namespace dsocr::omnidocbench {
namespace {

std::u32string safe(std::u32string_view latex) { return safe_latex_to_text(latex, U"fallback"); }

TEST(SafeLatex, ConvertsMathematicsOnly) {
  EXPECT_EQ(safe(U" m_{0} "), U"m_0");
  EXPECT_EQ(safe(U" plain  words "), U"plain  words");
  EXPECT_EQ(safe(U"  "), U"fallback");
  EXPECT_EQ(safe(U"{a"), U"fallback");
}

TEST(SafeLatex, FindsNoise) {
  EXPECT_TRUE(is_noise(U"these are many words without a formula \\foo"));
  EXPECT_FALSE(is_noise(U"these are many words without a formula $"));
  EXPECT_FALSE(is_noise(U"these are many words without a formula \\frac"));
  EXPECT_FALSE(is_noise(U"these are words \\foo")) << "short";
  EXPECT_FALSE(is_noise(U"these are many words without a formula \\a & % #"));
  EXPECT_TRUE(is_noise(U"these are many words without a \\( formula \\) & %"));
}

TEST(SafeLatex, FindsWeakInput) {
  for (const auto* weak :
       {U"\\", U"\\\\", U"a\\", U"a \\, b", U"two words_", U"\\in and four more words"})
    EXPECT_TRUE(is_weak_latex(weak)) << metrics::encode_utf8(weak);
  for (const auto* good : {U"x_1", U"\\alpha", U"\\alpha\\", U"two words_{1}"})
    EXPECT_FALSE(is_weak_latex(good)) << metrics::encode_utf8(good);
}

TEST(SafeLatex, FindsBadInput) {
  for (const auto* bad : {U"{", U"}{", U"\\begin{a}", U"\\begin{a}\\begin{b}\\end{a}\\end{b}"}) {
    EXPECT_TRUE(is_bad_latex(bad, LatexKind::kText)) << metrics::encode_utf8(bad);
    EXPECT_TRUE(is_bad_latex(bad, LatexKind::kTable)) << metrics::encode_utf8(bad);
  }
  for (const auto* bad : {U"\\left( a", U"\\( a", U"\\] a", U"$a$ $"}) {
    EXPECT_TRUE(is_bad_latex(bad, LatexKind::kText)) << metrics::encode_utf8(bad);
    EXPECT_FALSE(is_bad_latex(bad, LatexKind::kTable)) << metrics::encode_utf8(bad);
  }
  for (const auto* good : {U"\\{ {a}", U"\\leftarrow", U"\\$ $a$", U"\\begin{a}{b}\\end{a}"})
    EXPECT_FALSE(is_bad_latex(good, LatexKind::kText)) << metrics::encode_utf8(good);
  EXPECT_TRUE(is_bad_latex(std::u32string(8001, U'a'), LatexKind::kTable));
  EXPECT_FALSE(is_bad_latex(std::u32string(8000, U'a'), LatexKind::kTable));
}

TEST(InlineLatex, LeavesWhatIsNoInlineFormula) {
  EXPECT_EQ(inline_latex_to_text(U" a $x_1$, $5$ "), U"a x_1, $5$");
  for (const std::u32string& text :
       {std::u32string(U"$\\begin{a}\\end{a}$"), std::u32string(U"$a_1 \\\\ b$"),
        std::u32string(U"$a_1 & b$"), std::u32string(U"$a_{1$"),
        U"$_" + std::u32string(128, U'a') + U"$"})
    EXPECT_EQ(inline_latex_to_text(text), text);
}

TEST(InlineLatex, CrossTextTakesAFormulaOutOfItsDelimiters) {
  EXPECT_EQ(cross_text(true, U"$$ x = 1 $$"), U"x = 1");
  EXPECT_EQ(cross_text(false, U"$x_1$ is \u2460"), U"x_1 is 1");
}

TEST(SafeLatex, MatchesTheOfficialConverter) {
  const std::filesystem::path file =
      DSOCR_SHARED_DIR "/golden/omnidocbench/units/v17/latex_to_text.json";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no " << file;
  const auto vectors = test::read_json(file);
  ASSERT_GT(vectors.size(), 0u);
  for (const auto& vector : vectors)
    EXPECT_EQ(metrics::encode_utf8(safe(metrics::decode_utf8(vector[0].get<std::string>()))),
              vector[1])
        << vector[0];
}

}  // namespace
}  // namespace dsocr::omnidocbench
