#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <string>

#include "eval/normalize/unicode.h"
#include "eval/omnidocbench/cdm/cdm.h"
#include "eval/omnidocbench/cdm/colour.h"
#include "eval/omnidocbench/cdm/normalize.h"
#include "eval/omnidocbench/cdm/tokenize.h"
#include "tests/support/read_json.h"

namespace dsocr::omnidocbench::cdm {
namespace {

using metrics::decode_utf8;
using metrics::encode_utf8;

std::string normalized(const std::string& text, Version version) {
  return encode_utf8(normalize_tokens(decode_utf8(text), version));
}

void expect_official_texts(Version version, const std::string& folder) {
  const auto file = test::shared_dir() / "golden/omnidocbench/cdm/units" / folder / "cdm_text.json";
  const auto vectors = test::read_json(file);
  ASSERT_GT(vectors.size(), 0u);
  for (const auto& vector : vectors) {
    SCOPED_TRACE(vector.at("in").get<std::string>());
    const auto tokenized =
        tokenize_formula(decode_utf8(vector.at("in").get<std::string>()), version);
    EXPECT_EQ(encode_utf8(tokenized.text), vector.at("tokenized").get<std::string>());
    EXPECT_EQ(tokenized.parsed, vector.at("tokenize_ok").get<bool>());
    const auto expected = vector.at("normalized").get<std::string>();
    EXPECT_EQ(normalized(vector.at("tokenized"), version), expected);
    const auto coloured = colour_tokens(decode_utf8(expected), version);
    EXPECT_EQ(encode_utf8(coloured.text), vector.at("coloured").get<std::string>());
    std::vector<std::string> tokens;
    for (const auto& token : coloured.tokens) tokens.push_back(encode_utf8(token));
    EXPECT_EQ(tokens, vector.at("tokens").get<std::vector<std::string>>());
  }
}

TEST(CdmText, NormalisesAndColoursAs17) {
  DSOCR_REQUIRE_SHARED("golden/omnidocbench/cdm/units/v17/cdm_text.json");
  expect_official_texts(Version::k17, "v17");
}

TEST(CdmText, NormalisesAndColoursAs15) {
  DSOCR_REQUIRE_SHARED("golden/omnidocbench/cdm/units/v15/cdm_text.json");
  expect_official_texts(Version::k15, "v15");
}

std::string tokenized(const std::string& text, Version version = Version::k17) {
  return encode_utf8(tokenize_formula(decode_utf8(text), version).text);
}

bool is_parsed(const std::string& text, Version version) {
  return tokenize_formula(decode_utf8(text), version).parsed;
}

TEST(CdmTokenize, PrintsOneForm) {
  for (const Version version : {Version::k15, Version::k17}) {
    EXPECT_EQ(tokenized("a^2_1", version), "a _ { 1 } ^ { 2 }");
    EXPECT_EQ(tokenized("f''(x)", version), "f ^ { \\prime \\prime } ( x )");
    EXPECT_EQ(tokenized("\\dfrac 1 {2}", version), "\\frac 1 { 2 }");
    EXPECT_EQ(tokenized("\\hat x\\overline{y}\\bar{z}", version),
              "\\hat { x } \\overline { { y } } \\bar { z }");
    EXPECT_EQ(tokenized("\\text{a  b}", version), "\\mathrm { a ~ b }");
    EXPECT_EQ(tokenized("\\mathrm{a\\mu}", version), "\\mathrm { a \\ m u }");
    EXPECT_EQ(tokenized("\\sup_x\\sin y", version), "\\operatorname* { s u p } _ { x } \\sin y");
    EXPECT_EQ(tokenized("\\operatorname{sin}x", version), "\\sin x");
    EXPECT_EQ(tokenized("5\\%", version), "5 \\%");
    EXPECT_EQ(tokenized("a\\\\b", version), "a \\, b");
    EXPECT_EQ(tokenized("\\begin{pmatrix}a&\\\\&b\\\\\\end{pmatrix}", version),
              "\\left( \\begin{array} { l l } { a } & \\\\ & { b } \\end{array} \\right)");
    EXPECT_EQ(tokenized("\\begin{align*}a&=b\\end{align*}", version),
              "\\begin{array} { r l } { a } & { { } = b } \\end{array}");
  }
  EXPECT_EQ(tokenized("a--b"), "a -- b");
  EXPECT_EQ(tokenized("速度v"), "\\text { 速 度 } v");
  EXPECT_EQ(tokenized("a\\over b", Version::k15), "\\frac { a } { b }");
}

TEST(CdmTokenize, KeepsWhatItCannotParse) {
  for (const Version version : {Version::k15, Version::k17}) {
    for (const char* bad : {"a}", "{a", "\\left( a", "\\right)", "\\begin{array}{l}a",
                            "\\end{array}", "\\begin{matrix}a\\end{array}", "\\left"}) {
      EXPECT_FALSE(is_parsed(bad, version)) << bad;
      EXPECT_EQ(tokenized(bad, version), bad);
    }
  }
  for (const char* bad : {"a^b^c", "x^\\sqrt2", "\\hat\\hat x", "a&b", "\\limits_a", "\\big a",
                          "\\left a b\\right)", "\\begin{gathered}a\\end{gathered}", "x_"})
    EXPECT_FALSE(is_parsed(bad, Version::k15)) << bad;
  EXPECT_EQ(tokenized("a^b^c"), "a ^ { c }");
  EXPECT_EQ(tokenized("x^\\sqrt2"), "x ^ { \\sqrt 2 }");
}

TEST(CdmNormalize, JoinsSpellsAndBraces) {
  const Version version = Version::k17;
  EXPECT_EQ(normalized("\\big ( x \\Bigr \\} y", version), " \\big( x \\Bigr\\} y ");
  EXPECT_EQ(normalized("\\ln x \\ldots \\ldots", version), " \\mathrm { l n } x . . . . . . ");
  EXPECT_EQ(normalized("\\cos \\cos x", Version::k15), " \\mathrm { c o s } \\cos x ");
  EXPECT_EQ(normalized("\\hspace { 1 e m }", version), " \\hspace{1em} ");
  EXPECT_EQ(normalized("\\hat \\mathbf x", version), " \\hat { \\mathbf { x } } ");
  EXPECT_EQ(normalized("\\hat \\mathbf { x y }", version), " \\hat { \\mathbf { x y } } ");
  EXPECT_EQ(normalized("\\frac 1 { \\sqrt 2 }", version), " \\frac { 1 } { \\sqrt { 2 } } ");
  EXPECT_EQ(normalized("\\sqrt [ 3 ] x", version), " \\sqrt [ 3 ] { x } ");
  EXPECT_EQ(normalized("\\color { r e d } x", version), " x ");
  EXPECT_THROW(normalized("\\hat { x", version), FormulaError);
  EXPECT_THROW(normalized("\\frac { x", version), FormulaError);
}

TEST(CdmColour, GivesEveryTokenItsColour) {
  const auto coloured = colour_tokens(U"\\sqrt [ 3 ] { x } & \\text { a } _ y", Version::k17);
  EXPECT_EQ(coloured.tokens, (std::vector<std::u32string>{U"\\sqrt", U"3", U"x", U"a", U"y"}));
  EXPECT_EQ(encode_utf8(coloured.text),
            "\\mathcolor[RGB]{0,0,15}{\\sqrt [ {\\mathcolor[RGB]{0,0,30}{3}} ] { "
            "\\mathcolor[RGB]{0,0,45}{x} } } & \\text { \\mathcolor[RGB]{0,0,60}{a} } _ "
            "{\\mathcolor[RGB]{0,0,75}{y}}");
  EXPECT_EQ(token_colour(17), (std::array<int, 3>{0, 15, 0}));
  std::u32string many;
  for (size_t i = 0; i <= kMaxTokens; ++i) many += U"x ";
  EXPECT_THROW(colour_tokens(many, Version::k17), FormulaError);
  EXPECT_THROW(colour_tokens(U"\\hat { x", Version::k17), FormulaError);
}

TEST(CdmText, HostileFormulasTakeBoundedTime) {
  constexpr size_t kLength = 49'000;
  for (const char* unit :
       {"{", "}", "\\hat ", "\\frac ", "\\begin{align}", "\\begin{array}{l}", "x^{", "\\left( ",
        "\\sqrt[", "\\big \\a ", "\\text{", "\\\\ ", "'", "["}) {
    std::string text;
    while (text.size() < kLength) text += unit;
    for (const Version version : {Version::k15, Version::k17}) {
      const auto start = std::chrono::steady_clock::now();
      prepare_formula(text, version);
      EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10)) << unit;
    }
  }
  std::string long_text(1, '{');
  while (long_text.size() < 10'000'000) long_text += long_text;
  EXPECT_FALSE(prepare_formula(long_text, Version::k17));
  EXPECT_FALSE(prepare_formula(" ", Version::k17));
}

TEST(CdmText, TakesOffWhatSurroundsAFormula) {
  EXPECT_EQ(unwrap_formula("$$ a $$", false, Version::k15), "a");
  EXPECT_EQ(unwrap_formula("\\[ a \\]", false, Version::k15), "\\[ a \\]");
  EXPECT_EQ(unwrap_formula("\\[ a \\tag{1} \\]", false, Version::k17), "a");
  EXPECT_EQ(unwrap_formula("a \\tag * {1{2}} \\tagged \\nonumber", false, Version::k17),
            "a  \\tagged");
  EXPECT_EQ(unwrap_formula("so ```latex\n$a$\n``` is", true, Version::k17), "a");
  EXPECT_EQ(unwrap_formula("a \\tag {1", false, Version::k17), "a  {1");
}

}  // namespace
}  // namespace dsocr::omnidocbench::cdm
