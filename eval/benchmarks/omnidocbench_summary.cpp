#include <algorithm>
#include <array>
#include <map>

#include "eval/benchmarks/omnidocbench_score.h"
#include "eval/normalize/unicode.h"
#include "eval/page_intervals.h"
#include "reports/document.h"

namespace dsocr::eval {
namespace {

using nlohmann::ordered_json;
using omnidocbench::ElementSamples;
using omnidocbench::Version;

// A headline number: where it stands in the official file, and its values by page.
struct Headline {
  const char* name;
  const char* element;
  const char* pointer;  // below the element
  bool by_page = true;  // a mean over pages
};

constexpr std::array kHeadlines{
    Headline{"text_edit", "text_block", "/all/Edit_dist/ALL_page_avg"},
    Headline{"text_bleu", "text_block", "/all/BLEU/all", false},
    Headline{"text_meteor", "text_block", "/all/METEOR/all", false},
    Headline{"formula_edit", "display_formula", "/all/Edit_dist/ALL_page_avg"},
    Headline{"formula_cdm", "display_formula", "/page/CDM/ALL"},
    Headline{"table_teds", "table", "/page/TEDS/ALL"},
    Headline{"table_teds_s", "table", "/page/TEDS_structure_only/ALL"},
    Headline{"table_edit", "table", "/all/Edit_dist/ALL_page_avg"},
    Headline{"order_edit", "reading_order", "/all/Edit_dist/ALL_page_avg"}};

ordered_json number_at(const ordered_json& scores, const std::string& pointer) {
  const ordered_json::json_pointer place(pointer);
  if (!scores.contains(place) || !scores.at(place).is_number()) return nullptr;
  return scores.at(place);
}

// Overall of v1.5 and later; without CDM there is none (spec: OmniDocBench, section 9).
ordered_json overall(const ordered_json& headline) {
  const auto& cdm = headline.at("formula_cdm");
  const auto& teds = headline.at("table_teds");
  const auto& text = headline.at("text_edit");
  if (cdm.is_null() || teds.is_null() || text.is_null()) return nullptr;
  return ((1 - text.get<double>()) * 100 + cdm.get<double>() * 100 + teds.get<double>() * 100) / 3;
}

// Overall of v1.0: the mean of the four edit distances, a language apart (section 10).
ordered_json overall_of(const ordered_json& scores, const std::string& language) {
  double sum = 0;
  for (const char* element : {"text_block", "display_formula", "table", "reading_order"}) {
    const auto value =
        number_at(scores, std::string("/") + element + "/page/Edit_dist/language: " + language);
    if (value.is_null()) return nullptr;
    sum += value.get<double>();
  }
  return sum / 4;
}

ordered_json language_scores(const ordered_json& scores, const std::string& language) {
  ordered_json json{{"overall_edit", overall_of(scores, language)}};
  constexpr std::array<std::pair<const char*, const char*>, 4> kElements{
      {{"text_edit", "text_block"},
       {"formula_edit", "display_formula"},
       {"table_edit", "table"},
       {"order_edit", "reading_order"}}};
  for (const auto& [name, element] : kElements)
    json[name] =
        number_at(scores, std::string("/") + element + "/page/Edit_dist/language: " + language);
  json["table_teds"] = number_at(scores, "/table/page/TEDS/language: " + language);
  return json;
}

// Rows of a label of pages: "data_source: book" and so on, with the numbers that there are.
ordered_json categories(const ordered_json& scores) {
  std::map<std::string, ordered_json> rows;
  const auto take = [&](const char* name, const std::string& pointer) {
    const ordered_json::json_pointer place(pointer);
    if (!scores.contains(place)) return;
    for (const auto& [label, value] : scores.at(place).items())
      if (label != "ALL") rows[label][name] = value;
  };
  take("text_edit", "/text_block/page/Edit_dist");
  take("formula_edit", "/display_formula/page/Edit_dist");
  take("formula_cdm", "/display_formula/page/CDM");
  take("table_teds", "/table/page/TEDS");
  take("table_teds_s", "/table/page/TEDS_structure_only");
  take("order_edit", "/reading_order/page/Edit_dist");
  ordered_json list = ordered_json::array();
  for (const auto& [label, row] : rows) {
    ordered_json entry{{"pages", label}};
    entry.update(row);
    list.push_back(entry);
  }
  return list;
}

ordered_json attributes(const ordered_json& scores) {
  ordered_json list = ordered_json::array();
  for (const auto& [element, blocks] : scores.items()) {
    const ordered_json& group = blocks.at("group");
    for (const auto& [label, count] : group.at("sample_count").items()) {
      ordered_json row{{"element", element}, {"attribute", label}, {"samples", count}};
      for (const auto& [metric, values] : group.items())
        if (metric != "sample_count" && values.contains(label)) row[metric] = values.at(label);
      list.push_back(row);
    }
  }
  return list;
}

ordered_json intervals(const std::vector<omnidocbench::PageSamples>& samples,
                       const OmniDocBenchConfig& config) {
  ordered_json json = ordered_json::object();
  const auto elements = omnidocbench::collect_samples(samples, config.version);
  for (const Headline& headline : kHeadlines) {
    if (!headline.by_page) continue;
    const auto element = std::find_if(
        elements.begin(), elements.end(),
        [&](const ElementSamples& candidate) { return candidate.name == headline.element; });
    const std::vector<double> values =
        omnidocbench::page_values(*element, samples, headline.name, config.version);
    if (values.empty()) continue;
    const PageIntervals sets(config.bootstrap, values.size(),
                             std::string("omnidocbench.bootstrap.") + headline.name);
    if (const auto interval = sets.of(values))
      json[headline.name] = {interval->low, interval->high};
  }
  return json;
}

ordered_json headline_of(const ordered_json& scores, Version version) {
  ordered_json headline = ordered_json::object();
  for (const Headline& entry : kHeadlines)
    headline[entry.name] = number_at(scores, std::string("/") + entry.element + entry.pointer);
  headline["overall"] = version == Version::k10 ? ordered_json() : overall(headline);
  return headline;
}

}  // namespace

ordered_json summarise_omnidocbench(const OmniDocBenchRun& run, const OmniDocBenchConfig& config) {
  ordered_json scores = omnidocbench::summarise(run.samples, config.version);
  if (config.bleu_meteor) {
    std::optional<metrics::WordNet> wordnet;
    if (metrics::WordNet::available(ScoringConfig{}.wordnet))
      wordnet.emplace(ScoringConfig{}.wordnet);
    omnidocbench::add_text_overlap(scores, run.samples, config.version,
                                   wordnet ? &*wordnet : nullptr);
  }
  size_t failed = 0, absent = 0, looping = 0, scored = 0, counted = 0;
  double tokens = 0;
  for (const OmniDocBenchPage& page : run.pages) {
    absent += page.absent;
    failed += page.failure && !page.absent;
    looping += page.looping;
    scored += page.scored;
    if (page.vision_tokens) {
      tokens += static_cast<double>(*page.vision_tokens);
      ++counted;
    }
  }
  ordered_json json{{"run", run.config.name}};
  json["mode"] = run.config.mode ? ordered_json(configs::mode_name(*run.config.mode)) : nullptr;
  json["num_pages"] = scored;
  json["absent"] = absent;
  json["failed"] = failed;
  json["looping"] = looping;
  json["vision_tokens"] =
      counted > 0 ? ordered_json(tokens / static_cast<double>(counted)) : ordered_json();
  json["engine"] = run.engine;
  json["headline"] = headline_of(scores, config.version);
  json["intervals"] = intervals(run.samples, config);
  if (config.corrected)
    json["corrected"] = {
        {"headline",
         headline_of(omnidocbench::summarise(run.corrected, config.version), config.version)},
        {"intervals", intervals(run.corrected, config)}};
  json["english"] = language_scores(scores, "english");
  json["chinese"] = language_scores(scores, "simplified_chinese");
  json["categories"] = categories(scores);
  json["attributes"] = attributes(scores);
  json["official"] = scores;
  ordered_json failures = ordered_json::array();
  for (const OmniDocBenchPage& page : run.pages)
    if (page.failure && !page.absent) failures.push_back({page.image, *page.failure});
  for (const auto& page : run.samples)
    for (const std::string& note : page.notes) failures.push_back({page.image, note});
  json["failures"] = failures;
  json["absent_pages"] = ordered_json::array();
  for (const OmniDocBenchPage& page : run.pages)
    if (page.absent) json["absent_pages"].push_back(page.image);
  return json;
}

std::vector<ordered_json> omnidocbench_rows(const OmniDocBenchRun& run, Version version) {
  std::vector<ordered_json> rows;
  for (const ElementSamples& element : omnidocbench::collect_samples(run.samples, version))
    for (const auto& [page, sample] : element.samples) {
      const omnidocbench::Row& row = sample->row;
      ordered_json json{
          {"run", run.config.name}, {"image", page->image}, {"element", element.name}};
      if (element.name == "reading_order") {
        json["gt"] = ordered_json::array();
        for (const auto& position : row.truth_positions) json["gt"].push_back(*position);
        json["pred"] = sample->order;
      } else {
        json["gt_idx"] = row.truth_lines;
        json["pred_idx"] = row.prediction_lines;
        json["gt"] = metrics::encode_utf8(row.truth);
        json["pred"] = metrics::encode_utf8(row.prediction);
        json["norm_gt"] = metrics::encode_utf8(row.norm_truth);
        json["norm_pred"] = metrics::encode_utf8(row.norm_prediction);
        json["gt_category_type"] = row.truth_category;
        json["pred_category_type"] = row.prediction_category;
        json["gt_attribute"] = row.truth_labels;
      }
      json["Edit_num"] = sample->edits;
      json["upper_len"] = sample->max_length;
      const auto edit = sample->edit_distance();
      json["Edit_dist"] = edit ? ordered_json(*edit) : nullptr;
      if (sample->teds) {
        json["TEDS"] = sample->teds->score;
        json["TEDS_structure_only"] = sample->teds->structure;
      }
      if (sample->cdm) json["CDM"] = *sample->cdm;
      rows.push_back(std::move(json));
    }
  return rows;
}

}  // namespace dsocr::eval
