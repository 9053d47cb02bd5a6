#include "eval/sweep/report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "eval/benchmarks/fox_paper.h"

namespace dsocr::eval {
namespace {

using nlohmann::ordered_json;
using reports::Figure;
using reports::Panel;
using reports::Series;
using reports::Table;

constexpr double kPercent = 100;
constexpr const char* kRatioAxis = "text tokens / vision tokens";

// How rows of results make panels and curves.
struct Curve {
  const char* panel;   // field whose values tell the panels apart
  const char* x;       // field of the horizontal axis
  const char* series;  // field whose values tell the curves apart
  const char* y;
  const char* unit;  // behind the value in a curve's name
};

std::string label_of(const ordered_json& value, const char* unit) {
  if (value.is_string()) return value.get<std::string>();
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value.get<double>());
  return text + std::string(unit);
}

// The rows of a panel as curves, in the order in which the values come.
Panel panel_of(const ordered_json& rows, const ordered_json& value, const Curve& curve) {
  Panel panel{.title = label_of(value, ""), .series = {}};
  for (const ordered_json& row : rows) {
    if (row.at(curve.panel) != value) continue;
    const std::string label = label_of(row.at(curve.series), curve.unit);
    auto series = std::find_if(panel.series.begin(), panel.series.end(),
                               [&](const Series& other) { return other.label == label; });
    if (series == panel.series.end())
      series = panel.series.insert(
          series, {.label = label, .group = label, .reference = false, .points = {}});
    const ordered_json& y = row.at(curve.y);
    reports::Point point{row.at(curve.x), kPercent * y.at("value").get<double>(), {}, {}};
    if (y.contains("low")) {
      point.low = kPercent * y.at("low").get<double>();
      point.high = kPercent * y.at("high").get<double>();
    }
    series->points.push_back(point);
  }
  for (Series& series : panel.series)
    std::stable_sort(series.points.begin(), series.points.end(),
                     [](const auto& a, const auto& b) { return a.x < b.x; });
  return panel;
}

// What the paper prints of DeepSeek-OCR on Fox, and its outputs scored by dsocr.
std::vector<Series> references() {
  std::vector<Series> all;
  for (const bool tiny : {true, false}) {
    const std::string mode = tiny ? "Tiny" : "Small";
    Series paper{"DeepSeek-OCR " + mode + ", paper", "paper " + mode, true, {}};
    Series replay{"DeepSeek-OCR " + mode + ", replayed", "replay " + mode, true, {}};
    for (const PaperRow& row : kPaperTable2) {
      const double x = tiny ? row.tiny_compression : row.small_compression;
      paper.points.push_back({x, tiny ? row.tiny_precision : row.small_precision, {}, {}});
      replay.points.push_back({x, tiny ? row.tiny_replay : row.small_replay, {}, {}});
    }
    for (Series* series : {&paper, &replay}) {
      std::sort(series->points.begin(), series->points.end(),
                [](const auto& a, const auto& b) { return a.x < b.x; });
      all.push_back(std::move(*series));
    }
  }
  return all;
}

Figure figure_of(const ordered_json& rows, const Curve& curve, Figure figure) {
  std::vector<ordered_json> values;
  for (const ordered_json& row : rows)
    if (std::find(values.begin(), values.end(), row.at(curve.panel)) == values.end())
      values.push_back(row.at(curve.panel));
  for (const ordered_json& value : values) figure.panels.push_back(panel_of(rows, value, curve));
  if (values.size() == 1) figure.panels[0].title.clear();
  figure.y.min = 0;
  figure.y.max = kPercent;
  return figure;
}

Table table_of(const std::string& name, const std::string& title, const ordered_json& rows,
               std::vector<reports::Column> first) {
  Table table{name, title, std::move(first), {}};
  for (const reports::Column& column :
       {reports::Column{"pages", "pages"},
        {"compression", "ratio", 1},
        {"characters_per_vision_token", "characters/vision token", 1},
        {"font_px_in_view", "font px", 1},
        {"area_used", "area used", 0, kPercent},
        {"precision", "precision", 1, kPercent},
        {"recall", "recall", 1, kPercent},
        {"accuracy", "1-ED", 1, kPercent},
        {"cer", "CER", 1, kPercent},
        {"loops", "loops"}})
    table.columns.push_back(column);
  for (const ordered_json& row : rows) table.rows.push_back(row);
  return table;
}

// Character accuracy by ratio, downwards, and size of type, to the right.
Table grid_table(const ordered_json& rows, const SweepConfig& config) {
  Table table{"grid", "1-ED by ratio and size of type (percent, with interval over pages)", {}, {}};
  table.columns = {{"text", "text"}, {"ratio", "ratio", 1}};
  for (const double font_px : config.font_px) {
    const std::string key = label_of(font_px, " px");
    table.columns.push_back({key, key, 1, kPercent});
  }
  for (const ordered_json& row : rows) {
    const auto same = [&](const ordered_json& other) {
      return other.at("text") == row.at("text") && other.at("ratio") == row.at("ratio");
    };
    auto line = std::find_if(table.rows.begin(), table.rows.end(), same);
    if (line == table.rows.end())
      line = table.rows.insert(line,
                               ordered_json{{"text", row.at("text")}, {"ratio", row.at("ratio")}});
    (*line)[label_of(row.at("font_px"), " px")] = row.at("accuracy");
  }
  return table;
}

reports::Example example_of(const char* which, const SweepPages& sweep,
                            const std::vector<SweepScore>& scores, size_t page) {
  const SweepPage& of = sweep.pages[page];
  char title[160];
  std::snprintf(title, sizeof title, "%s: %s, 1-ED %.1f %%, %lld tokens on %lld", which,
                of.id.c_str(), kPercent * scores[page].accuracy(),
                static_cast<long long>(of.tokens), static_cast<long long>(of.vision_tokens));
  reports::Example example{.title = title,
                           .image = "pages/" + of.image.filename().string(),
                           .texts = {{"on the page", of.truth}, {"read", scores[page].reading}}};
  if (scores[page].failure) example.texts.emplace_back("failed", *scores[page].failure);
  return example;
}

// The best pages and the worst; among equals those with more on them, then those that come first.
std::vector<reports::Example> examples(const SweepConfig& config, const SweepPages& sweep,
                                       const std::vector<SweepScore>& scores) {
  std::vector<size_t> order(sweep.pages.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    const double better = scores[a].accuracy() - scores[b].accuracy();
    return better != 0 ? better > 0 : sweep.pages[a].tokens > sweep.pages[b].tokens;
  });
  const size_t shown = std::min<size_t>(config.shown, order.size() / 2);
  std::vector<reports::Example> all;
  for (size_t i = 0; i < shown; ++i) all.push_back(example_of("Best", sweep, scores, order[i]));
  for (size_t i = 0; i < shown; ++i)
    all.push_back(example_of("Worst", sweep, scores, order[order.size() - 1 - i]));
  return all;
}

}  // namespace

reports::Document sweep_document(const SweepConfig& config, const SweepPages& sweep,
                                 const std::vector<SweepScore>& scores,
                                 const ordered_json& results) {
  reports::Document document;
  document.title = "Compression against accuracy";
  reports::add_facts(document, results.at("header"));
  const std::string bars =
      " Bars: " + results.at("header").at("intervals").get<std::string>() + ".";
  const std::string dashed =
      config.references
          ? " Dashed: DeepSeek-OCR on the pages of Fox, as Table 2 of arXiv 2510.18234 prints it "
            "and "
            "from its outputs scored again; other pages, other texts, and tokens of its own "
            "vocabulary."
          : "";
  // The first text alone stands beside the references, which are prose.
  Figure compression =
      figure_of(results.at("curve"), {"text", "compression", "mode", "precision", ""},
                {.name = "compression",
                 .title = "Set precision by compression ratio",
                 .caption = "Pages of all sizes of type." + bars + dashed,
                 .x = {kRatioAxis, {}, {}},
                 .y = {"precision, %", {}, {}},
                 .panels = {}});
  compression.panels.resize(1);
  compression.title += ", " + results.at("curve")[0].at("text").get<std::string>();
  compression.panels[0].title.clear();
  if (config.references)
    for (Series& series : references()) compression.panels[0].series.push_back(std::move(series));
  document.figures = {
      std::move(compression),
      figure_of(results.at("curve"), {"mode", "compression", "text", "accuracy", ""},
                {.name = "characters",
                 .title = "Character accuracy by compression ratio",
                 .caption = "1 - normalised edit distance; pages of all sizes of type. Where "
                            "letters cannot be guessed a curve is what is read." +
                            bars,
                 .x = {kRatioAxis, {}, {}},
                 .y = {"1 - edit distance, %", {}, {}},
                 .panels = {}}),
      figure_of(results.at("grid"), {"text", "font_px_in_view", "ratio", "accuracy", " x"},
                {.name = "by_font",
                 .title = "Character accuracy by size of type",
                 .caption = "One curve for each ratio of text tokens to vision tokens; all modes "
                            "together." +
                            bars,
                 .x = {"font size in the view, px", {}, {}},
                 .y = {"1 - edit distance, %", {}, {}},
                 .panels = {}}),
      figure_of(results.at("grid"), {"text", "compression", "font_px", "accuracy", " px"},
                {.name = "by_ratio",
                 .title = "Character accuracy by compression ratio, at each size of type",
                 .caption = "The same pages as in the picture before." + bars,
                 .x = {kRatioAxis, {}, {}},
                 .y = {"1 - edit distance, %", {}, {}},
                 .panels = {}})};
  document.tables = {
      table_of("curve", "By ratio, pages of all sizes of type (percent, with interval over pages)",
               results.at("curve"), {{"text", "text"}, {"mode", "mode"}, {"ratio", "asked", 1}}),
      grid_table(results.at("grid"), config),
      table_of("cells", "Every text, mode, ratio and size of type", results.at("cells"),
               {{"text", "text"}, {"mode", "mode"}, {"ratio", "asked", 1}, {"font_px", "px", 1}})};
  if (!results.at("shares").empty()) {
    Table table{"shares",
                "Variance of 1-ED over pages that each axis explains alone (eta squared, percent)",
                {{"text", "text"},
                 {"mode", "mode"},
                 {"ratio", "ratio", 1, kPercent},
                 {"font_px", "size of type", 1, kPercent}},
                {}};
    for (const ordered_json& row : results.at("shares")) table.rows.push_back(row);
    document.tables.push_back(std::move(table));
  }
  document.examples = examples(config, sweep, scores);
  document.notes = {
      "Set precision does not see missing or repeated text: read it beside recall and 1-ED. A page "
      "on which nothing was read has no precision and counts as 0."};
  for (const SweepCell& cell : sweep.cells)
    if (!cell.missing.empty())
      document.notes.push_back(cell.id() + " has no pages: " + cell.missing);
  return document;
}

}  // namespace dsocr::eval
