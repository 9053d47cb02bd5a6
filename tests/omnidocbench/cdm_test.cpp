#include "eval/omnidocbench/cdm/cdm.h"

#include <gtest/gtest.h>

#include <string>

#include "configs/scratch_folder.h"
#include "tests/support/read_json.h"

namespace dsocr::omnidocbench::cdm {
namespace {

using nlohmann::json;

constexpr const char* kSets[] = {"demo", "gtmd", "pertA2", "synthA"};

std::optional<std::string> text_of(const json& row, const char* key) {
  const auto found = row.find(key);
  if (found == row.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

/// All result sets at once, so that equal formulas are typeset once; twice, from the cache.
void expect_official_results(Version version, const std::string& folder) {
  const std::string missing = missing_for_typesetting(version);
  if (!missing.empty()) GTEST_SKIP() << "needs " << missing;
  std::vector<CdmPair> pairs;
  std::vector<double> expected;
  for (const char* set : kSets) {
    const auto file = test::shared_dir() / "golden/omnidocbench/cdm/result" / folder / set /
                      "display_formula_result.json";
    for (const auto& row : test::read_json(file)) {
      pairs.push_back({text_of(row, "gt_cdm").value_or(row.at("gt")),
                       text_of(row, "pred_cdm").value_or(row.at("pred")),
                       text_of(row, "pred_cdm_alt")});
      expected.push_back(row.at("metric").at("CDM"));
    }
  }
  ASSERT_GT(pairs.size(), 90u);
  const configs::ScratchFolder scratch;
  const CdmConfig config{version, scratch.path() / "boxes.sqlite", 2};
  for (int pass = 0; pass < 2; ++pass) {
    const auto scores = score_formulas(pairs, config);
    ASSERT_EQ(scores.size(), pairs.size());
    for (size_t i = 0; i < pairs.size(); ++i)
      EXPECT_NEAR(scores[i].f1, expected[i], 1e-9) << pairs[i].truth << " | " << pairs[i].predicted;
  }
}

TEST(Cdm, GivesTheOfficialScoresOf17) {
  DSOCR_REQUIRE_SHARED("golden/omnidocbench/cdm/result/v17/demo/display_formula_result.json");
  expect_official_results(Version::k17, "v17");
}

TEST(Cdm, GivesTheOfficialScoresOf15) {
  DSOCR_REQUIRE_SHARED("golden/omnidocbench/cdm/result/v15/demo/display_formula_result.json");
  expect_official_results(Version::k15, "v15");
}

}  // namespace
}  // namespace dsocr::omnidocbench::cdm
