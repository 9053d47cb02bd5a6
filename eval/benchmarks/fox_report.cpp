#include "eval/benchmarks/fox_report.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "eval/benchmarks/fox_paper.h"

namespace dsocr::eval {
namespace {

using nlohmann::ordered_json;
using reports::Column;
using reports::Figure;
using reports::Point;
using reports::Series;
using reports::Table;

constexpr double kPercent = 100;

// What a reader has to know to read the tables right.
constexpr const char* kBucketNote =
    "A bucket is the same set of pages in every run on the benchmark's pages: it goes by the "
    "tokens "
    "of the clean text. The ratio goes by the text that the page shows.";
constexpr const char* kPrecisionNote =
    "Set precision does not see missing or repeated text: read it beside recall and 1-ED. '<0.7' "
    "and '>1.3' count pages whose output is that short or long against the target, 'loops' those "
    "that repeat themselves.";
constexpr const char* kNormalisationNote =
    "'normalised' applies format normalisation to both sides, 'words' also drops case and "
    "punctuation.";
constexpr const char* kRandomNote =
    "On random words one wrong letter loses the word, so precision falls faster than 1-ED there; a "
    "random page also has fewer characters than a clean page of the same token count, so equal "
    "ratios are not equal loads on the image.";
constexpr const char* kCapacityNote =
    "Bits per vision token are given for random text only, counting insertions and deletions as "
    "replacements: an estimate of capacity that needs no language model.";

// A mean with its interval, where there is one.
ordered_json estimate(const ordered_json& value, const ordered_json& intervals,
                      const std::string& name) {
  ordered_json cell{{"value", value}};
  if (intervals.contains(name))
    cell.update({{"low", intervals.at(name).at(0)}, {"high", intervals.at(name).at(1)}});
  return cell;
}

std::string meteor_of(const ordered_json& results) {
  const ordered_json& label = results.at("header").at("meteor");
  return label.is_null() ? "" : label.get<std::string>();
}

// A column without a single value says nothing: no paper's value, no capacity.
Table without_empty_columns(Table table) {
  std::erase_if(table.columns, [&](const Column& column) {
    return std::all_of(table.rows.begin(), table.rows.end(), [&](const ordered_json& row) {
      return !row.contains(column.key) || row.at(column.key).is_null();
    });
  });
  return table;
}

bool has_reference(const Figure& figure) {
  return std::any_of(figure.panels.begin(), figure.panels.end(), [](const reports::Panel& panel) {
    return std::any_of(panel.series.begin(), panel.series.end(),
                       [](const Series& series) { return series.reference; });
  });
}

Table bucket_table(const ordered_json& results) {
  const bool several = results.at("runs").size() > 1;
  Table table{"buckets", "Precision by text tokens (percent, with interval over pages)", {}, {}};
  if (several) table.columns.push_back({"run", "run"});
  for (const Column& column :
       std::vector<Column>{{"bucket", "tokens"},
                           {"pages", "pages"},
                           {"compression", "ratio", 1},
                           {"precision", "precision", 1, kPercent},
                           {"paper_precision", "paper", 1, kPercent},
                           {"recall", "recall", 1, kPercent},
                           {"one_minus_edit_dist", "1-ED", 1, kPercent},
                           {"normalised_precision", "normalised P", 1, kPercent},
                           {"words_precision", "words P", 1, kPercent},
                           {"short_pages", "<0.7"},
                           {"long_pages", ">1.3"},
                           {"looping_pages", "loops"}})
    table.columns.push_back(column);
  for (const ordered_json& run : results.at("runs")) {
    for (const ordered_json& bucket : run.at("buckets")) {
      ordered_json row{
          {"run", run.at("run")},
          {"bucket", bucket.at("bucket")},
          {"pages", bucket.at("pages")},
          {"compression", bucket.at("compression")},
          {"precision", estimate(bucket.at("precision"), bucket.at("intervals"), "precision")},
          {"recall", bucket.at("recall")},
          {"one_minus_edit_dist", bucket.at("one_minus_edit_dist")},
          {"normalised_precision", bucket.at("normalised").at("precision")},
          {"words_precision", bucket.at("words").at("precision")},
          {"short_pages", bucket.at("short_pages")},
          {"long_pages", bucket.at("long_pages")},
          {"looping_pages", bucket.at("looping_pages")}};
      row["paper_precision"] = bucket.value("paper_precision", ordered_json());
      table.rows.push_back(row);
    }
  }
  return table;
}

Table comparison_table(const ordered_json& results) {
  const std::string meteor = meteor_of(results);
  Table table{"comparison", "All pages of each run (percent, with interval over pages)", {}, {}};
  table.columns = {{"run", "run"},
                   {"mode", "mode"},
                   {"target", "text"},
                   {"pages", "pages"},
                   {"vision_tokens", "vision", 0},
                   {"compression", "ratio", 1},
                   {"precision", "precision", 1, kPercent},
                   {"recall", "recall", 1, kPercent},
                   {"f_measure", "F", 1, kPercent},
                   {"one_minus_edit_dist", "1-ED", 1, kPercent},
                   {"bleu", "BLEU", 1, kPercent}};
  if (!meteor.empty())
    table.columns.push_back(
        {meteor, meteor == "meteor" ? "METEOR" : "METEOR (no WordNet)", 1, kPercent});
  for (const Column& column :
       std::vector<Column>{{"normalised_precision", "normalised P", 1, kPercent},
                           {"words_precision", "words P", 1, kPercent},
                           {"short_pages", "<0.7"},
                           {"long_pages", ">1.3"},
                           {"looping_pages", "loops"},
                           {"bits_per_vision_token", "bits/vision token", 1}})
    table.columns.push_back(column);
  for (const ordered_json& run : results.at("runs")) {
    const ordered_json& mean = run.at("mean");
    const ordered_json& intervals = run.at("intervals");
    ordered_json row{{"run", run.at("run")},
                     {"mode", run.at("mode").is_null() ? ordered_json("?") : run.at("mode")},
                     {"target", run.at("target")},
                     {"pages", run.at("num_pages")},
                     {"vision_tokens", run.at("vision_tokens")},
                     {"compression", run.at("compression")},
                     {"precision", estimate(mean.at("precision"), intervals, "precision")},
                     {"recall", mean.at("recall")},
                     {"f_measure", mean.at("f_measure")},
                     {"one_minus_edit_dist", estimate(1 - mean.at("edit_dist").get<double>(),
                                                      intervals, "one_minus_edit_dist")},
                     {"bleu", mean.at("bleu")},
                     {"normalised_precision", run.at("mean_normalised").at("precision")},
                     {"words_precision", run.at("mean_words").at("precision")},
                     {"short_pages", run.at("short_pages")},
                     {"long_pages", run.at("long_pages")},
                     {"looping_pages", run.at("looping_pages")},
                     {"bits_per_vision_token", run.at("bits_per_vision_token")}};
    if (!meteor.empty()) row[meteor] = mean.at(meteor);
    table.rows.push_back(row);
  }
  return table;
}

Table pair_table(const ordered_json& results) {
  Table table{
      "pairs", "Same pages, one mode against another (difference in percentage points)", {}, {}};
  table.columns = {{"group", "group"},
                   {"from", "from"},
                   {"to", "to"},
                   {"precision", "precision", 1, kPercent},
                   {"recall", "recall", 1, kPercent},
                   {"one_minus_edit_dist", "1-ED", 1, kPercent}};
  for (const ordered_json& pair : results.at("pairs")) table.rows.push_back(pair);
  return table;
}

std::string capitalised(std::string name) {
  if (!name.empty()) name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
  return name;
}

Series run_series(const ordered_json& run, const std::string& metric) {
  const std::string mode = run.at("mode").is_null() ? "" : run.at("mode").get<std::string>();
  Series series{mode.empty() ? run.at("run").get<std::string>() : capitalised(mode),
                mode.empty() ? "?" : mode,
                false,
                {}};
  for (const ordered_json& bucket : run.at("buckets")) {
    if (bucket.at("compression").is_null()) continue;
    Point point{bucket.at("compression"), kPercent * bucket.at(metric).get<double>(), {}, {}};
    if (const ordered_json& intervals = bucket.at("intervals"); intervals.contains(metric)) {
      point.low = kPercent * intervals.at(metric).at(0).get<double>();
      point.high = kPercent * intervals.at(metric).at(1).get<double>();
    }
    series.points.push_back(point);
  }
  return series;
}

Series paper_series(const ordered_json& run) {
  const std::string mode = run.at("mode").is_null() ? "" : run.at("mode").get<std::string>();
  Series series{capitalised(mode) + ", paper Table 2", mode, true, {}};
  for (const ordered_json& bucket : run.at("buckets"))
    if (bucket.contains("paper_precision"))
      series.points.push_back({bucket.at("paper_compression"),
                               kPercent * bucket.at("paper_precision").get<double>(),
                               {},
                               {}});
  return series;
}

// One panel per group of runs, in the order of the runs; runs without a known mode have no ratio.
Figure curve(const ordered_json& results, const std::string& metric, Figure figure) {
  std::vector<std::string> groups;
  std::map<std::string, std::vector<Series>> series;
  double lowest = kPercent;
  double left = INFINITY, right = 0;
  for (const ordered_json& run : results.at("runs")) {
    const std::string group = run.at("group");
    for (Series line :
         {run_series(run, metric), metric == "precision" ? paper_series(run) : Series{}}) {
      if (line.points.empty()) continue;
      for (const Point& point : line.points) {
        lowest = std::min({lowest, point.y, point.low.value_or(point.y)});
        left = std::min(left, point.x);
        right = std::max(right, point.x);
      }
      if (std::find(groups.begin(), groups.end(), group) == groups.end()) groups.push_back(group);
      series[group].push_back(std::move(line));
    }
  }
  for (const std::string& group : groups)
    figure.panels.push_back({groups.size() > 1 ? group : "", series[group]});
  if (groups.size() == 1) figure.title += " (" + groups[0] + ")";
  if (!groups.empty()) figure.x = {figure.x.label, std::floor(left), std::ceil(right)};
  figure.y.min = std::max(0.0, std::floor(lowest / 10) * 10);
  figure.y.max = kPercent;
  return figure;
}

}  // namespace

reports::Document fox_document(const ordered_json& results) {
  reports::Document document;
  document.title = "Fox English page OCR: compression against precision";
  for (const auto& [name, value] : results.at("header").items())
    if (!value.is_null())
      document.facts.emplace_back(name,
                                  value.is_string() ? value.get<std::string>() : value.dump());

  std::map<std::string, std::string> modes;
  for (const ordered_json& run : results.at("runs"))
    if (!run.at("mode").is_null()) modes[run.at("mode")] = run.at("view");
  for (const auto& [mode, view] : modes) document.facts.emplace_back("mode " + mode, view);

  const std::string bars = results.at("header").at("intervals").get<std::string>();
  Figure precision = curve(
      results, "precision",
      {"compression",
       "Fox: set precision by compression ratio",
       "Set precision against text tokens per vision token, by bucket of 100 text tokens. Bars: " +
           bars + ".",
       {"text tokens / vision tokens", {}, {}},
       {"precision, %", {}, {}},
       {}});
  if (has_reference(precision))
    precision.caption += " Dashed: the values printed in Table 2 of arXiv 2510.18234.";
  Figure characters = curve(results, "one_minus_edit_dist",
                            {"characters",
                             "Fox: character accuracy by compression ratio",
                             "1 - normalised edit distance for the same pages; set precision "
                             "cannot see loss or looping. Bars: " +
                                 bars + ".",
                             {"text tokens / vision tokens", {}, {}},
                             {"1 - edit distance, %", {}, {}},
                             {}});
  for (Figure* figure : {&precision, &characters})
    if (!figure->panels.empty()) document.figures.push_back(std::move(*figure));

  if (results.at("runs").size() > 1)
    document.tables.push_back(without_empty_columns(comparison_table(results)));
  document.tables.push_back(without_empty_columns(bucket_table(results)));
  if (!results.at("pairs").empty()) document.tables.push_back(pair_table(results));
  document.notes = {kBucketNote, kPrecisionNote, kNormalisationNote};
  for (const ordered_json& run : results.at("runs"))
    if (!run.at("bits_per_vision_token").is_null()) {
      document.notes.insert(document.notes.end(), {kRandomNote, kCapacityNote});
      break;
    }
  for (const ordered_json& run : results.at("runs")) {
    const std::string name = run.at("run");
    if (const size_t undefined = run.at("undefined"); undefined > 0)
      document.notes.push_back(name + ": " + std::to_string(undefined) +
                               " pages have no defined precision or recall (nothing was read, or "
                               "failed); they count as 0 in every mean.");
    if (const size_t failed = run.at("failed"); failed > 0)
      document.notes.push_back(name + ": " + std::to_string(failed) +
                               " pages failed and are scored as empty text.");
  }
  return document;
}

}  // namespace dsocr::eval
