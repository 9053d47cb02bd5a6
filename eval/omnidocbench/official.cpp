#include "eval/omnidocbench/official.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "eval/normalize/unicode.h"
#include "eval/omnidocbench/predictions.h"
#include "eval/omnidocbench/scores.h"
#include "reports/files.h"

namespace dsocr::omnidocbench {
namespace {

namespace fs = std::filesystem;
using metrics::encode_utf8;
using nlohmann::json;

constexpr double kTolerance = 1e-9;
constexpr std::array<std::pair<const char*, Version>, 3> kVersions{
    {{"v10", Version::k10}, {"v15", Version::k15}, {"v17", Version::k17}}};

// JSON in which NaN may stand bare, as Python writes it; it becomes null.
json read_python_json(const fs::path& file) {
  std::string text = reports::read_file(file);
  for (size_t at = text.find(": NaN"); at != text.npos; at = text.find(": NaN", at))
    text.replace(at, 5, ": null");
  return json::parse(text);
}

class Comparer {
 public:
  explicit Comparer(OfficialComparison& result) : result_(result) {}

  void compare(const json& expected, const json& found, const std::string& where) {
    if (expected.is_object()) {
      for (const auto& [key, value] : expected.items())
        if (key != "metric_debug")
          compare(value, found.is_object() && found.contains(key) ? found.at(key) : json("missing"),
                  where + "/" + key);
      if (found.is_object())
        for (const auto& [key, value] : found.items())
          if (!expected.contains(key)) differ(where + "/" + key, "nothing", value.dump());
      return;
    }
    ++result_.num_values;
    if (expected.is_number() && found.is_number()) {
      const double difference = std::abs(expected.get<double>() - found.get<double>());
      result_.largest = std::max(result_.largest, difference);
      if (difference <= kTolerance) return;
    } else if (expected == found) {
      return;
    }
    differ(where, expected.dump(), found.dump());
  }

 private:
  void differ(const std::string& where, const std::string& expected, const std::string& found) {
    if (result_.num_different++ > 0) return;
    result_.first = where + ": " + expected.substr(0, 200) + " but " + found.substr(0, 200);
  }

  OfficialComparison& result_;
};

json numbers(const std::vector<std::optional<double>>& values) {
  json list = json::array();
  for (const auto& value : values) list.push_back(value ? json(*value) : json(""));
  return list;
}

json sample_json(const PageSamples& page, const Sample& sample, const std::string& element) {
  const Row& row = sample.row;
  json json_row{
      {"img_id", page.image}, {"Edit_num", sample.edits}, {"upper_len", sample.max_length}};
  const auto edit = sample.edit_distance();
  json_row["metric"]["Edit_dist"] = edit ? json(*edit) : json();
  if (element == "reading_order") {
    json_row["gt"] = numbers(row.truth_positions);
    json_row["pred"] = sample.order;
    return json_row;
  }
  if (sample.teds) {
    json_row["metric"]["TEDS"] = sample.teds->score;
    json_row["metric"]["TEDS_structure_only"] = sample.teds->structure;
  }
  json_row["gt_idx"] = row.truth_lines;
  json_row["pred_idx"] = row.prediction_lines;
  json_row["gt"] = encode_utf8(row.truth);
  json_row["pred"] = encode_utf8(row.prediction);
  json_row["norm_gt"] = encode_utf8(row.norm_truth);
  json_row["norm_pred"] = encode_utf8(row.norm_prediction);
  json_row["gt_category_type"] = row.truth_category;
  json_row["pred_category_type"] = row.prediction_category;
  json_row["gt_position"] = numbers(row.truth_positions);
  json_row["pred_position"] = row.prediction_position ? json(*row.prediction_position) : json("");
  json_row["edit"] = row.edit;
  return json_row;
}

// The fields of an official row that we have, numbers of lists as they compare.
json comparable(const json& official, const json& ours) {
  json row = json::object();
  for (const auto& [key, value] : ours.items()) {
    if (!official.contains(key)) continue;
    row[key] = official.at(key);
    json& field = row[key];
    const bool is_index = key == "gt_idx" || key == "pred_idx" || key == "gt_position";
    if (is_index && (field.is_string() || (key != "gt_position" && field == json::array({""}))))
      field = json::array();  // several ways to say that there is none
    if (field.is_array() && (key == "gt_position" || key == "gt" || key == "pred"))
      for (json& number : field)
        if (number.is_number()) number = number.get<double>();
  }
  return row;
}

void compare_rows(const ElementSamples& element, const json& official, Comparer& comparer) {
  comparer.compare(official.size(), element.samples.size(), element.name + " rows");
  for (size_t i = 0; i < std::min(official.size(), element.samples.size()); ++i) {
    const auto& [page, sample] = element.samples[i];
    json ours = sample_json(*page, *sample, element.name);
    json expected = comparable(official[i], ours);
    if (ours.contains("gt_position") && ours["gt_position"].empty() &&
        expected.contains("gt_position") && expected["gt_position"] == json::array({""}))
      expected["gt_position"] = json::array();
    const json all = ours;
    for (const auto& [key, value] : all.items())
      if (!expected.contains(key)) ours.erase(key);
    comparer.compare(expected, ours,
                     element.name + "[" + std::to_string(i) + "] of " + page->image);
  }
}

std::vector<PageSamples> score_set(const fs::path& truth, const fs::path& predictions,
                                   Version version, MatchMethod method) {
  std::vector<PageSamples> samples;
  for (const TruthPage& page : read_truth(truth, version)) {
    const auto file = find_prediction(predictions, page.image);
    if (!file && version != Version::k17) continue;
    samples.push_back(
        score_page(page, file ? read_prediction(*file) : std::u32string(), version, method));
  }
  return samples;
}

}  // namespace

std::vector<OfficialComparison> compare_with_official(const fs::path& golden,
                                                      const fs::path& demo) {
  std::vector<OfficialComparison> comparisons;
  for (const auto& [folder, version] : kVersions) {
    std::vector<fs::path> results;
    for (const auto& entry : fs::directory_iterator(golden / "result" / folder))
      results.push_back(entry.path());
    std::sort(results.begin(), results.end());
    for (const fs::path& result : results) {
      // demo-simple_match is the set demo by another method.
      const std::string name = result.filename().string();
      const std::string set = name.substr(0, name.find('-'));
      MatchMethod method = MatchMethod::kQuick;
      if (name.ends_with("-simple_match")) method = MatchMethod::kSimple;
      if (name.ends_with("-no_split")) method = MatchMethod::kNoSplit;
      const auto samples =
          score_set(set == "synthA" ? golden / "synthA_gt.json" : demo / "OmniDocBench_demo.json",
                    set == "demo" ? demo / "predictions" : golden / "pred" / set, version, method);
      const json official = read_python_json(result / "metric_result.json");
      auto summary = summarise(samples, version);
      if (official.at("text_block").at("all").contains("BLEU"))
        add_text_overlap(summary, samples, version, nullptr);
      const json scores = json(summary);
      for (const ElementSamples& element : collect_samples(samples, version)) {
        OfficialComparison comparison{std::string(folder) + "/" + name, element.name};
        Comparer comparer(comparison);
        comparer.compare(official.at(element.name), scores.at(element.name), element.name);
        if (const auto pages = result / (element.name + "_per_page_edit.json"); fs::exists(pages))
          comparer.compare(read_python_json(pages), json(page_edit_distances(element)),
                           element.name + " by page");
        compare_rows(element, read_python_json(result / (element.name + "_result.json")), comparer);
        comparisons.push_back(std::move(comparison));
      }
    }
  }
  return comparisons;
}

}  // namespace dsocr::omnidocbench
