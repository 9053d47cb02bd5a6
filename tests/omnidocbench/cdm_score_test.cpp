#include <gtest/gtest.h>

#include <map>
#include <string>

#include "eval/omnidocbench/cdm/ransac.h"
#include "eval/omnidocbench/cdm/score.h"
#include "tests/support/read_json.h"

namespace dsocr::omnidocbench::cdm {
namespace {

using nlohmann::json;

TypesetFormula formula_of(const json& entry) {
  TypesetFormula formula;
  if (entry.is_null()) return formula;
  formula.width = entry.at("size").at(0);
  formula.height = entry.at("size").at(1);
  for (const auto& token : entry.at("boxes")) {
    TokenBox box{token.at(0), std::nullopt};
    const auto& corners = token.at(1);
    if (!corners.empty()) box.box = Box{corners[0], corners[1], corners[2], corners[3]};
    formula.tokens.push_back(box);
  }
  return formula;
}

void expect_official_scores(Version version, const std::string& folder) {
  const auto units = test::shared_dir() / "golden/omnidocbench/cdm/units" / folder;
  std::map<std::string, TypesetFormula> formulas;
  for (const auto& entry : test::read_json(units / "cdm_boxes.json"))
    formulas[entry.at(0)] = formula_of(entry.at(1));
  const auto vectors = test::read_json(units / "cdm_pairs.json");
  ASSERT_GT(vectors.size(), 0u);
  for (const auto& vector : vectors) {
    SCOPED_TRACE(vector.at(0).get<std::string>() + " | " + vector.at(1).get<std::string>());
    const auto score = score_boxes(formulas.at(vector.at(0)), formulas.at(vector.at(1)), version);
    const auto& expected = vector.at(2);
    std::vector<std::pair<size_t, size_t>> matched = expected.at("matched");
    EXPECT_EQ(score.matched, matched);
    std::vector<bool> inliers;
    for (const auto& value : expected.at("ransac_inliers"))
      inliers.push_back(value.get<int>() != 0);
    EXPECT_EQ(score.inliers, inliers);
    EXPECT_EQ(score.num_counted, expected.at("tp").get<size_t>());
    EXPECT_EQ(score.num_truth, expected.at("gt_tokens").get<size_t>());
    EXPECT_EQ(score.num_predicted, expected.at("pred_tokens").get<size_t>());
    EXPECT_EQ(score.recall, expected.at("recall").get<double>());
    EXPECT_EQ(score.precision, expected.at("precision").get<double>());
    EXPECT_EQ(score.f1, expected.at("F1").get<double>());
  }
}

TEST(CdmScore, MatchesTheOfficialScoresOf17) {
  DSOCR_REQUIRE_SHARED("golden/omnidocbench/cdm/units/v17/cdm_pairs.json");
  expect_official_scores(Version::k17, "v17");
}

TEST(CdmScore, MatchesTheOfficialScoresOf15) {
  DSOCR_REQUIRE_SHARED("golden/omnidocbench/cdm/units/v15/cdm_pairs.json");
  expect_official_scores(Version::k15, "v15");
}

TypesetFormula line_of(const std::vector<std::string>& tokens, int shift = 0) {
  TypesetFormula formula{1000, 50, {}};
  int left = 10 + shift;
  for (const auto& token : tokens) {
    formula.tokens.push_back({token, Box{left, 10, left + 15, 30}});
    left += 20;
  }
  return formula;
}

TEST(CdmScore, CountsEqualTokensThatLieAlike) {
  for (const Version version : {Version::k15, Version::k17}) {
    const auto truth = line_of({"a", "+", "b", "=", "c"});
    EXPECT_EQ(score_boxes(truth, truth, version).f1, 1);
    const auto wrong = score_boxes(truth, line_of({"a", "+", "x", "=", "c"}), version);
    EXPECT_EQ(wrong.num_counted, 4u);
    EXPECT_EQ(wrong.f1, 0.8);
    const auto shorter = score_boxes(truth, line_of({"a", "+", "b"}), version);
    EXPECT_EQ(shorter.recall, 0.6);
    EXPECT_EQ(shorter.precision, 1);
    EXPECT_EQ(shorter.f1, 0.75);
  }
}

TEST(CdmScore, LeavesOutTokensWithoutBoxes) {
  auto truth = line_of({"a", "b"});
  const auto predicted = truth;
  truth.tokens.push_back({"\\quad", std::nullopt});
  EXPECT_EQ(score_boxes(truth, predicted, Version::k17).f1, 1);
  EXPECT_EQ(score_boxes(truth, {}, Version::k17).f1, 0);
  EXPECT_EQ(score_boxes({}, {}, Version::k15).f1, 0);
}

TEST(CdmScore, TakesSymbolsThatLookAlikeForOne) {
  EXPECT_EQ(canonical_symbol("\\left(", Version::k17), "(");
  EXPECT_EQ(canonical_symbol("\\bigl\\{", Version::k17), "\\{");
  EXPECT_EQ(canonical_symbol("\\Big[", Version::k17), "[");
  EXPECT_EQ(canonical_symbol("\\leftarrow", Version::k17), "\\leftarrow");
  EXPECT_EQ(canonical_symbol("\\left<", Version::k17), "\\langle");
  EXPECT_EQ(canonical_symbol("\\varepsilon", Version::k17), "\\epsilon");
  EXPECT_EQ(canonical_symbol("\\varepsilon", Version::k15), "epsilon");
  EXPECT_EQ(canonical_symbol("\\longrightarrow", Version::k15), "\\rightarrow");
  EXPECT_EQ(canonical_symbol("\\leq", Version::k15), "\\le");
  const auto score = score_boxes(line_of({"x", "\\leq", "y", "z"}),
                                 line_of({"x", "\\le", "y", "z"}), Version::k17);
  EXPECT_EQ(score.f1, 1);
}

TEST(CdmRansac, DropsWhatLiesElsewhere) {
  for (const Version version : {Version::k15, Version::k17}) {
    std::vector<std::pair<Point, Point>> pairs;
    for (int i = 0; i < 20; ++i) {
      const Point point{10.0 * (i % 3), 40.0 * i};
      pairs.emplace_back(point, Point{point.y + 5, point.x + 7});
    }
    pairs.emplace_back(Point{0, 0}, Point{900, 0});
    const auto inliers = find_inliers(pairs, version);
    EXPECT_EQ(std::count(inliers.begin(), inliers.end(), true), 20);
    EXPECT_FALSE(inliers.back());
  }
}

}  // namespace
}  // namespace dsocr::omnidocbench::cdm
