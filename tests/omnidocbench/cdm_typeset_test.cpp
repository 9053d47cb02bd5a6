#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "eval/omnidocbench/cdm/cdm.h"
#include "eval/omnidocbench/cdm/typeset.h"
#include "tests/support/read_json.h"

namespace dsocr::omnidocbench::cdm {
namespace {

int distance(const std::optional<Box>& box, const nlohmann::json& corners) {
  if (!box) return corners.empty() ? 0 : 1000;
  if (corners.empty()) return 1000;
  int most = 0;
  const int values[] = {box->left, box->top, box->right, box->bottom};
  for (size_t i = 0; i < 4; ++i) most = std::max(most, std::abs(values[i] - corners[i].get<int>()));
  return most;
}

/// Boxes may be a pixel off where TeX's rounding differs.
void expect_official_boxes(Version version, const std::string& folder) {
  const std::string missing = missing_for_typesetting(version);
  if (!missing.empty()) GTEST_SKIP() << "needs " << missing;
  const auto vectors = test::read_json(test::shared_dir() / "golden/omnidocbench/cdm/units" /
                                       folder / "cdm_boxes.json");
  ASSERT_GT(vectors.size(), 0u);
  std::vector<TypesetJob> jobs;
  for (const auto& vector : vectors) {
    const auto job = prepare_formula(vector.at(0).get<std::string>(), version);
    ASSERT_TRUE(job);
    jobs.push_back(*job);
  }
  const auto formulas = typeset(jobs, {version, 2});
  size_t num_equal = 0;
  for (size_t i = 0; i < vectors.size(); ++i) {
    SCOPED_TRACE(vectors[i].at(0).get<std::string>());
    const auto& expected = vectors[i].at(1);
    ASSERT_EQ(formulas[i].has_value(), !expected.is_null());
    if (expected.is_null()) continue;
    ASSERT_EQ(formulas[i]->tokens.size(), expected.at("boxes").size());
    int most = 0;
    for (size_t k = 0; k < formulas[i]->tokens.size(); ++k) {
      const auto& token = formulas[i]->tokens[k];
      EXPECT_EQ(token.token, expected.at("boxes")[k][0].get<std::string>());
      most = std::max(most, distance(token.box, expected.at("boxes")[k][1]));
    }
    most = std::max({most, std::abs(formulas[i]->width - expected.at("size")[0].get<int>()),
                     std::abs(formulas[i]->height - expected.at("size")[1].get<int>())});
    EXPECT_LE(most, 1);
    num_equal += most == 0 ? 1 : 0;
  }
  testing::Test::RecordProperty(
      "equal", std::to_string(num_equal) + " of " + std::to_string(vectors.size()));
  EXPECT_GE(num_equal * 10, vectors.size() * 9);
}

TEST(CdmTypeset, FindsTheBoxesOf17) {
  DSOCR_REQUIRE_SHARED("golden/omnidocbench/cdm/units/v17/cdm_boxes.json");
  expect_official_boxes(Version::k17, "v17");
}

TEST(CdmTypeset, FindsTheBoxesOf15) {
  DSOCR_REQUIRE_SHARED("golden/omnidocbench/cdm/units/v15/cdm_boxes.json");
  expect_official_boxes(Version::k15, "v15");
}

/// The token `x` in its colour after what may break a document.
TypesetJob job_of(const std::string& before, const std::string& after = "") {
  return {before + "\\mathcolor[RGB]{0,0,15}{x}" + after, {"x"}};
}

TEST(CdmTypeset, BrokenFormulasLeaveOthersAlone) {
  const Version version = Version::k17;
  const std::string missing = missing_for_typesetting(version);
  if (!missing.empty()) GTEST_SKIP() << "needs " << missing;
  std::string many_errors;
  for (int i = 0; i < 150; ++i) many_errors += "\\nosuch ";
  const TypesetJob good = job_of("\\frac{a}{b}+");
  std::vector<TypesetJob> jobs{good};
  for (const TypesetJob& bad :
       {job_of("}}}"), job_of("{{{"), job_of("\\end{displaymath}"), job_of("\\end{document}"),
        job_of("\\begin{array}{l}"), job_of("\\iffalse "), job_of("\\left("), job_of("$$"),
        job_of("\\verb|"), job_of(many_errors), job_of("\\gdef\\frac{}"), job_of("", "%"),
        job_of("\\begin{verbatim}"), job_of("\\input{/etc/passwd}")}) {
    jobs.push_back(bad);
    jobs.push_back(good);
  }
  const auto formulas = typeset(jobs, {version, 2});
  const auto alone = typeset({&good, 1}, {version, 1});
  ASSERT_TRUE(alone[0]);
  ASSERT_TRUE(alone[0]->tokens[0].box);
  for (size_t i = 0; i < jobs.size(); i += 2) EXPECT_EQ(formulas[i], alone[0]) << i;
  EXPECT_FALSE(formulas[19]) << jobs[19].coloured;  // TeX gives up after 100 errors
  EXPECT_TRUE(formulas[23]);
}

TEST(CdmTypeset, TakesLargerPaperForWideFormulas) {
  if (const auto missing = missing_for_typesetting(Version::k17); !missing.empty())
    GTEST_SKIP() << "needs " << missing;
  TypesetJob wide = job_of("", "\\hspace{900pt}\\mathcolor[RGB]{0,0,30}{y}");
  wide.tokens.emplace_back("y");
  const auto formulas = typeset({&wide, 1}, {Version::k17, 1});
  ASSERT_TRUE(formulas[0]);
  ASSERT_TRUE(formulas[0]->tokens[0].box);
  ASSERT_TRUE(formulas[0]->tokens[1].box);
  EXPECT_NEAR(formulas[0]->tokens[1].box->left - formulas[0]->tokens[0].box->left,
              900 / 72.27 * 200, 25);
}

}  // namespace
}  // namespace dsocr::omnidocbench::cdm
