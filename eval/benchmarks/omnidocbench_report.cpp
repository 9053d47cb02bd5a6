#include "eval/benchmarks/omnidocbench_report.h"

#include <algorithm>

#include "eval/benchmarks/omnidocbench_paper.h"

namespace dsocr::eval {
namespace {

using nlohmann::ordered_json;
using reports::Column;
using reports::Figure;
using reports::Panel;
using reports::Series;
using reports::Table;

constexpr double kPercent = 100;

const std::vector<Column>& score_columns() {
  static const std::vector<Column> columns{{"text_edit", "text ED", 4},
                                           {"text_bleu", "BLEU", 4},
                                           {"text_meteor", "METEOR", 4},
                                           {"formula_edit", "formula ED", 4},
                                           {"formula_cdm", "formula CDM", 2, kPercent},
                                           {"table_teds", "table TEDS", 2, kPercent},
                                           {"table_teds_s", "TEDS-S", 2, kPercent},
                                           {"order_edit", "order ED", 4}};
  return columns;
}

// `scores` has a headline and intervals.
ordered_json with_interval(const ordered_json& scores, const std::string& name) {
  const ordered_json& value = scores.at("headline").at(name);
  if (value.is_null()) return nullptr;
  const ordered_json& intervals = scores.at("intervals");
  if (!intervals.contains(name)) return value;
  return reports::estimate(value, std::pair(intervals.at(name).at(0).get<double>(),
                                            intervals.at(name).at(1).get<double>()));
}

Table headline_table(const ordered_json& results) {
  Table table{"overall", "Overall", {{"run", "run"}, {"mode", "mode"}, {"pages", "pages"}}, {}};
  table.columns.push_back({"vision_tokens", "vision tokens", 0});
  const auto& columns = score_columns();
  table.columns.insert(table.columns.end(), columns.begin(), columns.end());
  table.columns.push_back({"overall", "Overall", 2});
  for (const char* count : {"absent", "failed", "looping"}) table.columns.push_back({count, count});
  for (const ordered_json& run : results.at("runs")) {
    ordered_json row{{"run", run.at("run")},
                     {"mode", run.at("mode")},
                     {"pages", run.at("num_pages")},
                     {"vision_tokens", run.at("vision_tokens")}};
    for (const Column& column : score_columns()) row[column.key] = with_interval(run, column.key);
    for (const char* name : {"overall", "absent", "failed", "looping"})
      row[name] = run.contains(name) ? run.at(name) : run.at("headline").at(name);
    table.rows.push_back(row);
  }
  return table;
}

// The evaluator as it is, and without its defects.
Table corrected_table(const ordered_json& results) {
  Table table{"corrected", "The evaluator as it is and without its defects", {}, {}};
  table.columns = {{"run", "run"}, {"rules", "rules"}};
  const auto& columns = score_columns();
  table.columns.insert(table.columns.end(), columns.begin(), columns.end());
  table.columns.push_back({"overall", "Overall", 2});
  for (const ordered_json& run : results.at("runs"))
    for (const bool corrected : {false, true}) {
      const ordered_json& scores = corrected ? run.at("corrected") : run;
      ordered_json row{{"run", run.at("run")}, {"rules", corrected ? "corrected" : "official"}};
      for (const Column& column : columns) row[column.key] = with_interval(scores, column.key);
      row["overall"] = scores.at("headline").at("overall");
      table.rows.push_back(row);
    }
  return table;
}

// Languages as the paper's Table 3 has them, and its rows below ours.
Table language_table(const ordered_json& results) {
  Table table{"languages", "Edit distance, English and Chinese pages apart", {}, {}};
  table.columns = {{"source", "source"}, {"model", "model"}, {"vision_tokens", "vision tokens", 0}};
  constexpr std::array<const char*, 5> kNames{"overall", "text", "formula", "table", "order"};
  for (const char* language : {"en", "zh"})
    for (const char* name : kNames)
      table.columns.push_back(
          {std::string(language) + "_" + name, std::string(language) + " " + name, 3});
  const std::string version = results.at("header").at("evaluator");
  for (const ordered_json& run : results.at("runs")) {
    ordered_json row{{"source", "this run, " + version},
                     {"model", run.at("run")},
                     {"vision_tokens", run.at("vision_tokens")}};
    for (const auto& [prefix, block] : {std::pair("en_", "english"), std::pair("zh_", "chinese")})
      for (const char* name : kNames)
        row[std::string(prefix) + name] = run.at(block).at(std::string(name) + "_edit");
    table.rows.push_back(row);
  }
  for (const QuotedPaperRow& quoted : kOmniDocBenchPaper) {
    ordered_json row{{"source", "quoted, v1.0 (arXiv 2510.18234, Table 3)"},
                     {"model", std::string(quoted.model)}};
    row["vision_tokens"] =
        quoted.vision_tokens > 0 ? ordered_json(quoted.vision_tokens) : ordered_json();
    for (size_t i = 0; i < kNames.size(); ++i) {
      row[std::string("en_") + kNames[i]] = quoted.english[i];
      row[std::string("zh_") + kNames[i]] = quoted.chinese[i];
    }
    table.rows.push_back(row);
  }
  return table;
}

Table types_table(const ordered_json& results) {
  Table table{"types", "Text edit distance by type of document", {}, {}};
  table.columns = {{"source", "source"}, {"model", "model"}};
  for (const std::string_view type : kDocumentTypes)
    table.columns.push_back({std::string(type), std::string(type), 3});
  const std::string version = results.at("header").at("evaluator");
  for (const ordered_json& run : results.at("runs")) {
    ordered_json row{{"source", "this run, " + version}, {"model", run.at("run")}};
    for (const ordered_json& category : run.at("categories"))
      for (const std::string_view type : kDocumentTypes)
        if (category.at("pages") == "data_source: " + std::string(type) &&
            category.contains("text_edit"))
          row[std::string(type)] = category.at("text_edit");
    table.rows.push_back(row);
  }
  for (const QuotedTypesRow& quoted : kOmniDocBenchTypes) {
    ordered_json row{{"source", "quoted, v1.0 (arXiv 2510.18234, Table 4)"},
                     {"model", std::string(quoted.model)}};
    for (size_t i = 0; i < kDocumentTypes.size(); ++i)
      row[std::string(kDocumentTypes[i])] = quoted.edits[i];
    table.rows.push_back(row);
  }
  return table;
}

Table leaderboard(const ordered_json& results, const std::string& version) {
  Table table{"leaderboard", "The leaderboard of evaluator v" + version, {}, {}};
  table.columns = {{"source", "source"},
                   {"model", "model"},
                   {"overall", "Overall", 2},
                   {"text_edit", "text ED", 3},
                   {"formula_cdm", "formula CDM", 2},
                   {"table_teds", "table TEDS", 2},
                   {"table_teds_s", "TEDS-S", 2},
                   {"order_edit", "order ED", 3}};
  for (const ordered_json& run : results.at("runs")) {
    const ordered_json& headline = run.at("headline");
    ordered_json row{{"source", "this run"}, {"model", run.at("run")}};
    row["overall"] = headline.at("overall");
    for (const char* name : {"text_edit", "order_edit"}) row[name] = headline.at(name);
    for (const char* name : {"formula_cdm", "table_teds", "table_teds_s"})
      row[name] = headline.at(name).is_null()
                      ? ordered_json()
                      : ordered_json(kPercent * headline.at(name).get<double>());
    table.rows.push_back(row);
  }
  for (const QuotedLeaderboardRow& quoted : kOmniDocBenchLeaderboard) {
    if (quoted.version != version) continue;
    table.rows.push_back({{"source", "quoted, README of the evaluator"},
                          {"model", std::string(quoted.model)},
                          {"overall", quoted.overall},
                          {"text_edit", quoted.text},
                          {"formula_cdm", quoted.cdm},
                          {"table_teds", quoted.teds},
                          {"table_teds_s", quoted.teds_s},
                          {"order_edit", quoted.order}});
  }
  return table;
}

Table category_table(const ordered_json& results) {
  Table table{"categories", "By attribute of the pages", {{"run", "run"}, {"pages", "pages"}}, {}};
  const auto& columns = score_columns();
  table.columns.insert(table.columns.end(), columns.begin(), columns.end());
  for (const ordered_json& run : results.at("runs"))
    for (ordered_json row : run.at("categories")) {
      row["run"] = run.at("run");
      table.rows.push_back(row);
    }
  return table;
}

Table attribute_table(const ordered_json& results) {
  Table table{"attributes", "By attribute of what was scored", {}, {}};
  table.columns = {{"run", "run"},
                   {"element", "element"},
                   {"attribute", "attribute"},
                   {"samples", "samples"},
                   {"Edit_dist", "ED", 4},
                   {"TEDS", "TEDS", 4},
                   {"TEDS_structure_only", "TEDS-S", 4},
                   {"CDM", "CDM", 4}};
  for (const ordered_json& run : results.at("runs"))
    for (ordered_json row : run.at("attributes")) {
      row["run"] = run.at("run");
      table.rows.push_back(row);
    }
  return table;
}

// The rows of the paper: DeepSeek-OCR's modes as a curve, those that it names in its claim, the
// rest.
std::vector<Series> quoted_series(bool english) {
  std::vector<Series> series{{.label = "DeepSeek-OCR, paper", .group = "paper", .reference = true},
                             {.label = "others, paper", .group = "others", .reference = true}};
  for (const char* name : {"GOT-OCR2.0", "MinerU2.0", "dots.ocr"})
    series.push_back({.label = std::string(name) + ", paper", .group = name, .reference = true});
  for (const QuotedPaperRow& row : kOmniDocBenchPaper) {
    if (row.vision_tokens == 0) continue;
    auto entry = std::find_if(series.begin(), series.end(), [&](const Series& candidate) {
      return row.model.starts_with(candidate.label.substr(0, candidate.label.find(',')));
    });
    if (entry == series.end()) entry = series.begin() + 1;
    entry->points.push_back({static_cast<double>(row.vision_tokens),
                             english ? row.english[0] : row.chinese[0],
                             {},
                             {}});
  }
  for (size_t i = 1; i < series.size(); ++i) series[i].scatter = true;
  return series;
}

// Score against vision tokens: the paper's claim, and where these runs stand. No panel without one.
Figure token_figure(const ordered_json& results) {
  Figure figure{.name = "tokens",
                .title = "OmniDocBench: edit distance by vision tokens a page",
                .caption =
                    "Mean of the edit distances of text, formulas, tables and order. Open "
                    "symbols: Table 3 of arXiv 2510.18234, evaluator v1.0, all pages.",
                .x = {"vision tokens a page", {}, {}, true},
                .y = {"overall edit distance", 0, {}},
                .panels = {}};
  for (const bool english : {true, false}) {
    Panel panel{english ? "English" : "Chinese", {}};
    panel.series = quoted_series(english);
    const size_t num_quoted = panel.series.size();
    for (const ordered_json& run : results.at("runs")) {
      const ordered_json& value = run.at(english ? "english" : "chinese").at("overall_edit");
      if (value.is_null() || run.at("vision_tokens").is_null()) continue;
      const std::string name = run.at("run");
      panel.series.push_back(
          {name,
           name,
           false,
           {{run.at("vision_tokens").get<double>(), value.get<double>(), {}, {}}}});
    }
    if (panel.series.size() > num_quoted) figure.panels.push_back(std::move(panel));
  }
  if (figure.panels.size() == 1) {
    figure.title += ", " + figure.panels[0].title;
    figure.panels[0].title.clear();
  }
  return figure;
}

void add_notes(const ordered_json& results, reports::Document& document) {
  const std::string version = results.at("header").at("evaluator");
  document.notes = {
      "Numbers are those of the official evaluator " + version +
          ", its defects included: extra predicted text costs nothing but in merged rows, what is "
          "left over is paired whatever the distance, cells of Markdown tables with ':' or '---' "
          "are lost, and a look-up by line number is one early after an empty line.",
      "Overall = ((1 - text ED) x 100 + CDM + TEDS) / 3 from v1.5 on, with CDM and TEDS in "
      "percent; "
      "v1.0 has the mean of the four edit distances, a language apart.",
      "Intervals are over the pages that have the element.",
      "The paper does not say which edit distance its Table 4 has; ours is that of text."};
  if (results.contains("no_cdm") && version != "v1.0")
    document.notes.push_back(
        "Overall is empty, for a third of it, the formula score CDM, was not computed: " +
        results.at("no_cdm").get<std::string>() + ".");
  if (results.at("runs").at(0).contains("corrected"))
    document.notes.push_back(
        "Corrected: predicted text that matches nothing counts as an error, pages without a "
        "prediction count as empty, nothing farther than 0.7 is paired, Markdown tables keep all "
        "cells, no look-up is one early, joined texts are joined once, \"/t\" and \"/n\" stay, a "
        "line that is a formula counts once, and the first table counts in the reading order.");
  if (version == "v1.5") document.notes.push_back("v1.5 gives LaTeX tables no score.");
  if (version == "v1.7")
    document.notes.push_back(
        "The first predicted table of a page never counts in the reading order of v1.6 and v1.7.");
  for (const ordered_json& run : results.at("runs")) {
    const std::string name = run.at("run");
    if (const size_t absent = run.at("absent"); absent > 0)
      document.notes.push_back(name + ": " + std::to_string(absent) +
                               " pages have no prediction (" +
                               run.at("absent_pages").at(0).get<std::string>() +
                               (absent > 1 ? " and others" : "") + "); " +
                               (version == "v1.7" ? "they count as empty pages."
                                                  : "they are left out, as the evaluator does."));
    const ordered_json& engine = run.at("engine");
    if (engine.contains("unused_files") && engine.at("unused_files") > 0)
      document.notes.push_back(name + ": " + engine.at("unused_files").dump() +
                               " files belong to no page.");
    for (const ordered_json& failure : run.at("failures"))
      document.notes.push_back(name + ": " + failure.at(0).get<std::string>() + ": " +
                               failure.at(1).get<std::string>());
  }
}

}  // namespace

reports::Document omnidocbench_document(const ordered_json& results) {
  reports::Document document;
  document.title = "OmniDocBench: document parsing from end to end";
  reports::add_facts(document, results.at("header"));
  if (Figure figure = token_figure(results); !figure.panels.empty())
    document.figures.push_back(std::move(figure));
  const std::string version = results.at("header").at("evaluator");
  document.tables = {headline_table(results)};
  if (results.at("runs").at(0).contains("corrected"))
    document.tables.push_back(corrected_table(results));
  if (version != "v1.0") document.tables.push_back(leaderboard(results, version.substr(1)));
  document.tables.push_back(language_table(results));
  document.tables.push_back(types_table(results));
  document.tables.push_back(category_table(results));
  document.tables.push_back(attribute_table(results));
  for (Table& table : document.tables) table = reports::without_empty_columns(table);
  add_notes(results, document);
  return document;
}

}  // namespace dsocr::eval
