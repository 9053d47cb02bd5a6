#include "tests/omnidocbench/official.h"

#include "eval/normalize/unicode.h"

namespace dsocr::omnidocbench {
namespace {

using metrics::encode_utf8;
using nlohmann::json;
using test::OfficialRun;

constexpr double kTolerance = 1e-9;

// Compares what the official tool gave with ours; `largest` grows to the largest difference.
void compare(const json& expected, const json& found, const std::string& path, double& largest,
             std::vector<std::string>& wrong) {
  if (expected.is_object()) {
    for (const auto& [key, value] : expected.items()) {
      if (key == "BLEU" || key == "METEOR") continue;  // optional, compared elsewhere
      if (!found.is_object() || !found.contains(key))
        wrong.push_back(path + "/" + key + ": missing");
      else
        compare(value, found.at(key), path + "/" + key, largest, wrong);
    }
    if (found.is_object())
      for (const auto& [key, value] : found.items())
        if (!expected.contains(key)) wrong.push_back(path + "/" + key + ": too many");
    return;
  }
  if (expected.is_number() && found.is_number()) {
    const double difference = std::abs(expected.get<double>() - found.get<double>());
    largest = std::max(largest, difference);
    if (difference <= kTolerance) return;
  } else if (expected == found) {
    return;
  }
  wrong.push_back(path + ": " + expected.dump().substr(0, 200) + " but " +
                  found.dump().substr(0, 200));
}

json positions(const std::vector<std::optional<double>>& values) {
  json list = json::array();
  for (const auto& value : values) list.push_back(value ? json(*value) : json(""));
  return list.empty() ? json::array({""}) : list;
}

json indices(const std::vector<size_t>& values) {
  return values.empty() ? json::array({""}) : json(values);
}

// A row in the official layout, with the fields that both have.
json row_json(const PageSamples& page, const Sample& sample, const json& expected) {
  json row{{"gt_idx", indices(sample.row.truth_lines)},
           {"pred_idx", indices(sample.row.prediction_lines)},
           {"gt", encode_utf8(sample.row.truth)},
           {"pred", encode_utf8(sample.row.prediction)},
           {"norm_gt", encode_utf8(sample.row.norm_truth)},
           {"norm_pred", encode_utf8(sample.row.norm_prediction)},
           {"gt_category_type", sample.row.truth_category},
           {"pred_category_type", sample.row.prediction_category},
           {"gt_position", positions(sample.row.truth_positions)},
           {"pred_position",
            sample.row.prediction_position ? json(*sample.row.prediction_position) : json("")},
           {"edit", sample.row.edit},
           {"img_id", page.image}};
  json kept = json::object();
  for (const auto& [key, value] : row.items())
    if (expected.contains(key)) kept[key] = value;
  return kept;
}

json order_json(const PageSamples& page, const Sample& sample) {
  json truth = json::array();
  for (const auto& position : sample.row.truth_positions) truth.push_back(*position);
  return {{"gt", truth}, {"pred", sample.order}, {"img_id", page.image}};
}

std::string name_of(const testing::TestParamInfo<OfficialRun>& info) {
  std::string name = std::string(info.param.folder) + "_" + info.param.result;
  for (char& c : name)
    if (c == '-') c = '_';
  return name;
}

class Official : public testing::TestWithParam<OfficialRun> {
 protected:
  void SetUp() override { DSOCR_REQUIRE_SHARED("golden/omnidocbench/result"); }

  static std::filesystem::path result() {
    return test::omnidocbench_golden() / "result" / GetParam().folder / GetParam().result;
  }
};

void report(const std::vector<std::string>& wrong) {
  for (size_t i = 0; i < std::min<size_t>(wrong.size(), 400); ++i) ADD_FAILURE() << wrong[i];
  EXPECT_TRUE(wrong.empty()) << wrong.size() << " differences";
}

TEST_P(Official, ScoresAgree) {
  const auto& run = GetParam();
  const auto samples = test::score_set(run.set, run.version, run.method);
  json expected = test::read_python_json(result() / "metric_result.json");
  expected.erase("match_debug");
  for (auto& element : expected) element.erase("metric_debug");
  double largest = 0;
  std::vector<std::string> wrong;
  compare(expected, summarise(samples, run.version), "", largest, wrong);
  for (const ElementSamples& element : collect_samples(samples, run.version)) {
    const auto pages = result() / (element.name + "_per_page_edit.json");
    if (std::filesystem::exists(pages))
      compare(test::read_python_json(pages), page_edit_distances(element), element.name, largest,
              wrong);
  }
  report(wrong);
  RecordProperty("largest_difference", std::to_string(largest));
}

TEST_P(Official, RowsAgree) {
  const auto& run = GetParam();
  const auto samples = test::score_set(run.set, run.version, run.method);
  std::vector<std::string> wrong;
  double largest = 0;
  for (const ElementSamples& element : collect_samples(samples, run.version)) {
    const json expected = test::read_python_json(result() / (element.name + "_result.json"));
    if (expected.size() != element.samples.size())
      wrong.push_back(element.name + ": " + std::to_string(expected.size()) + " rows but " +
                      std::to_string(element.samples.size()));
    for (size_t i = 0; i < std::min(expected.size(), element.samples.size()); ++i) {
      const auto& [page, sample] = element.samples[i];
      const std::string path = element.name + "[" + std::to_string(i) + "] of " + page->image;
      json row = element.name == "reading_order" ? order_json(*page, *sample)
                                                 : row_json(*page, *sample, expected[i]);
      json same = json::object();
      for (const auto& [key, value] : row.items())
        if (expected[i].contains(key)) same[key] = expected[i][key];
      for (const char* key : {"gt_idx", "pred_idx"})  // both are written for "none"
        if (same.contains(key) && same[key] == "") same[key] = json::array({""});
      for (const char* key : {"gt_position", "gt"})
        if (same.contains(key) && same[key].is_array())
          for (json& value : same[key])
            if (value.is_number()) value = value.get<double>();
      if (same.contains("pred_position") && same["pred_position"].is_number())
        same["pred_position"] = same["pred_position"].get<double>();
      compare(same, row, path, largest, wrong);
    }
  }
  report(wrong);
}

constexpr OfficialRun kRuns[] = {
    {"v15", Version::k15, "demo", MatchMethod::kQuick, "demo"},
    {"v15", Version::k15, "gtmd", MatchMethod::kQuick, "gtmd"},
    {"v15", Version::k15, "pertA1", MatchMethod::kQuick, "pertA1"},
    {"v15", Version::k15, "pertA2", MatchMethod::kQuick, "pertA2"},
    {"v15", Version::k15, "pertA3", MatchMethod::kQuick, "pertA3"},
    {"v15", Version::k15, "pertA4", MatchMethod::kQuick, "pertA4"},
    {"v15", Version::k15, "synthA", MatchMethod::kQuick, "synthA"},
    {"v17", Version::k17, "demo", MatchMethod::kQuick, "demo"},
    {"v17", Version::k17, "gtmd", MatchMethod::kQuick, "gtmd"},
    {"v17", Version::k17, "pertA1", MatchMethod::kQuick, "pertA1"},
    {"v17", Version::k17, "pertA2", MatchMethod::kQuick, "pertA2"},
    {"v17", Version::k17, "pertA3", MatchMethod::kQuick, "pertA3"},
    {"v17", Version::k17, "pertA4", MatchMethod::kQuick, "pertA4"},
    {"v17", Version::k17, "synthA", MatchMethod::kQuick, "synthA"},
    {"v10", Version::k10, "demo", MatchMethod::kQuick, "demo"},
    {"v10", Version::k10, "gtmd", MatchMethod::kQuick, "gtmd"},
    {"v10", Version::k10, "pertA1", MatchMethod::kQuick, "pertA1"},
    {"v10", Version::k10, "pertA2", MatchMethod::kQuick, "pertA2"},
    {"v10", Version::k10, "pertA3", MatchMethod::kQuick, "pertA3"},
    {"v10", Version::k10, "pertA4", MatchMethod::kQuick, "pertA4"},
    {"v10", Version::k10, "demo", MatchMethod::kSimple, "demo-simple_match"},
    {"v10", Version::k10, "demo", MatchMethod::kNoSplit, "demo-no_split"},
};

INSTANTIATE_TEST_SUITE_P(Runs, Official, testing::ValuesIn(kRuns), name_of);

}  // namespace
}  // namespace dsocr::omnidocbench
