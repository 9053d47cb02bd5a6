#include "eval/omnidocbench/text/text_norm.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>

#include "eval/normalize/unicode.h"
#include "tests/support/read_json.h"

namespace dsocr::omnidocbench {
namespace {

std::string norm(std::string_view text, Version version) {
  return metrics::encode_utf8(normalise_text(metrics::decode_utf8(text), version));
}

std::string clean(std::u32string_view text) {
  return metrics::encode_utf8(clean_text(text, Version::k15));
}

TEST(TextNorm, KeepsLettersNumbersAndUnderscores) {
  EXPECT_EQ(clean(U"Ab, c_1 (\u00E9\u0301)\t\u4E2D\u6587\u3002\u00B2\u2460\u00BD\u2163"),
            "Abc_1\u00E9\u4E2D\u6587\u00B2\u2460\u00BD\u2163");
  EXPECT_EQ(clean(U"and/text a\\nb"), "andextab") << "the slash and its letter go together";
  EXPECT_EQ(clean(U"\\\\tn"), "") << "one pass makes a sequence for the next";
  EXPECT_EQ(clean(U""), "");
}

TEST(TextNorm, TurnsInlineFormulasIntoText) {
  for (const Version version : {Version::k10, Version::k15, Version::k17}) {
    EXPECT_EQ(norm("mass $m_{0}$ at \\(\\alpha^2\\).", version),
              "massm_0at\xCE\xB1"
              "2");
    EXPECT_EQ(norm("$5$ and $6\\%$", version), "5and6") << "no LaTeX in them";
    EXPECT_EQ(norm("a $x_1\ny_2$", version), "ax_1y_2") << "a formula ends with its line";
  }
}

TEST(TextNorm, DecodesCircledOnlyInVersion17) {
  EXPECT_EQ(norm("\xE2\x91\xA1 $\\textcircled{3}$", Version::k17), "23");
  EXPECT_EQ(norm("\xE2\x91\xA1", Version::k15), "\xE2\x91\xA1");
}

TEST(TextNorm, TakesLinearTimeOnBadInput) {
  const auto start = std::chrono::steady_clock::now();
  for (const std::u32string_view piece :
       {U"$", U"\\(", U"\\", U"$_\n", U"{", U"$\\frac", U"\\textcircled{", U"$a_$ "}) {
    std::u32string text;
    for (int i = 0; i < 100'000; ++i) text.append(piece);
    for (const Version version : {Version::k15, Version::k17}) normalise_text(text, version);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
}

TEST(TextNorm, MatchesTheOfficialVectors) {
  const std::pair<const char*, Version> versions[] = {{"v15", Version::k15}, {"v17", Version::k17}};
  for (const auto& [name, version] : versions) {
    const auto file = std::filesystem::path(DSOCR_SHARED_DIR "/golden/omnidocbench/units") / name /
                      "normalized_text.json";
    if (!std::filesystem::exists(file)) GTEST_SKIP() << "no " << file;
    const auto vectors = test::read_json(file);
    ASSERT_GT(vectors.size(), 200u);
    for (const auto& vector : vectors)
      EXPECT_EQ(norm(vector[0].get<std::string>(), version), vector[1]) << name << vector[0];
  }
}

}  // namespace
}  // namespace dsocr::omnidocbench
