#include "eval/omnidocbench/text/formula_norm.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>

#include "eval/normalize/unicode.h"
#include "eval/omnidocbench/text/brace_groups.h"
#include "tests/support/read_json.h"

namespace dsocr::omnidocbench {
namespace {

std::string norm(std::string_view formula, Version version) {
  return metrics::encode_utf8(normalise_formula(metrics::decode_utf8(formula), version));
}

std::string norm15(std::string_view formula) { return norm(formula, Version::k15); }
std::string norm17(std::string_view formula) { return norm(formula, Version::k17); }

std::filesystem::path vectors_of(std::string_view version) {
  return std::filesystem::path(DSOCR_SHARED_DIR "/golden/omnidocbench/units") / version /
         "normalized_formula.json";
}

TEST(FormulaNorm, OfVersion15DropsWrappersFontsAndBlanks) {
  EXPECT_EQ(norm15("$$ \\mathbf{X} = Y \\tag{3} $$"), "{x}=y");
  EXPECT_EQ(norm15("see \\[ a + b. \\] there"), "a+b");
  EXPECT_EQ(norm15("\\leftarrow \\textit x"), "arrowitx");
  EXPECT_EQ(norm15("\\begin{array}{l} a \\\\ b \\end{array}"), "{l}a\\\\b");
  EXPECT_EQ(norm15("\\[ a \\\\\\]"), "\\[a\\\\\\]") << "a row's end is no bracket's end";
  EXPECT_EQ(norm15(""), "");
}

TEST(FormulaNorm, OfVersion10KeepsDollarsAndLeft) {
  EXPECT_EQ(norm("$ \\left X \\right $", Version::k10), "$\\leftx\\right$");
}

TEST(FormulaNorm, OfVersion17DropsBracesTagsAndSpacing) {
  EXPECT_EQ(norm17("$$ \\mathrm{A}_{i} \\tag*{(1{a})} $$"), "a_i");
  EXPECT_EQ(norm17("\\( x \\, y \\& z & w \\)"), "xy\\&zw");
  EXPECT_EQ(norm17("\\frac{a+b}{d}"), "\\fraca+bd");
  EXPECT_EQ(norm17("\\phantom{a{b}c}x\\mid y\n\\textcircled{ 2 }"), "x|y2");
  EXPECT_EQ(norm17("\\begin{array}{l c}a\\end{array}"), "a");
  EXPECT_EQ(norm17("\xE2\x91\xA0\xC3\x89"), "1\xC3\xA9");
}

TEST(FormulaNorm, DropsNeedlessBracesPassByPass) {
  const auto drop = [](std::string_view text) {
    return metrics::encode_utf8(drop_needless_braces(metrics::decode_utf8(text)));
  };
  EXPECT_EQ(drop("{a}_{b}"), "a_b");
  EXPECT_EQ(drop("{{a}_{b}}"), "a_b");
  EXPECT_EQ(drop("{{x/y}/z}"), "{x/y}/z}") << "repeated braces count as one, on each side";
  EXPECT_EQ(drop("{\\mu}{\\\\}"), "{\\mu}\\\\");
  EXPECT_EQ(drop("{{{x/y}}}"), "{x/y}");
  EXPECT_EQ(drop("{}{{}}x{"), "x{");
  EXPECT_EQ(drop("}}}a{{{"), "}a{");
  const std::string group = "{" + std::string(159, '/') + "=}";
  EXPECT_EQ(drop(group), group.substr(1, 160));
  EXPECT_EQ(drop("{/" + group.substr(1)), "{/" + group.substr(1)) << "161 characters";
}

TEST(FormulaNorm, TakesLinearTimeOnBadInput) {
  const auto repeat = [](std::string_view text, size_t times) {
    std::string out;
    for (size_t i = 0; i < times; ++i) out += text;
    return out;
  };
  const auto start = std::chrono::steady_clock::now();
  for (const char* text : {"{", "}", "{a", "\\[", "\\tag{", "\\begin{", "\\phantom{", "$", "\\",
                           "\\textcircled{", "{a}", "\\[ \n", "&", "{l", "\\("}) {
    const std::string formula = repeat(text, 100'000);
    for (const Version version : {Version::k10, Version::k15, Version::k17}) norm(formula, version);
  }
  EXPECT_EQ(norm17(repeat("{a", 100'000) + repeat("}a", 100'000)), std::string(200'000, 'a'));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

TEST(FormulaNorm, MatchesTheOfficialVectors) {
  const std::pair<const char*, Version> versions[] = {
      {"v10", Version::k10}, {"v15", Version::k15}, {"v17", Version::k17}};
  for (const auto& [name, version] : versions) {
    const auto file = vectors_of(name);
    if (!std::filesystem::exists(file)) GTEST_SKIP() << "no " << file;
    const auto vectors = test::read_json(file);
    ASSERT_GT(vectors.size(), 200u);
    for (const auto& vector : vectors)
      EXPECT_EQ(norm(vector[0].get<std::string>(), version), vector[1]) << name << vector[0];
  }
}

}  // namespace
}  // namespace dsocr::omnidocbench
