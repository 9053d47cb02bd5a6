#include "eval/benchmarks/fox_report.h"

#include <algorithm>
#include <map>

#include "eval/benchmarks/fox_figures.h"

namespace dsocr::eval {
namespace {

using nlohmann::ordered_json;
using reports::Column;
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
ordered_json estimate(double value, const ordered_json& intervals, const std::string& name) {
  if (!intervals.contains(name)) return reports::estimate(value, std::nullopt);
  return reports::estimate(
      value, std::pair<double, double>(intervals.at(name).at(0), intervals.at(name).at(1)));
}

std::string meteor_of(const ordered_json& results) {
  const ordered_json& label = results.at("header").at("meteor");
  return label.is_null() ? "" : label.get<std::string>();
}

Table bucket_table(const ordered_json& results) {
  const bool several = results.at("runs").size() > 1;
  Table table{"buckets", "Precision by text tokens (percent, with interval over pages)", {}, {}};
  if (several) table.columns.push_back({"run", "run"});
  for (const Column& column :
       std::vector<Column>{{"bucket", "tokens"},
                           {"pages", "pages"},
                           {"compression", "ratio", 1},
                           {"valid_vision_tokens", "valid vision", 0},
                           {"font_px_after_resize", "font px", 1},
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
      "pairs", "Same pages, one run against another (difference in percentage points)", {}, {}};
  table.columns = {{"group", "group"},
                   {"from", "from"},
                   {"to", "to"},
                   {"precision", "precision", 1, kPercent},
                   {"recall", "recall", 1, kPercent},
                   {"one_minus_edit_dist", "1-ED", 1, kPercent}};
  for (const ordered_json& pair : results.at("pairs")) table.rows.push_back(pair);
  return table;
}

}  // namespace

reports::Document fox_document(const ordered_json& results) {
  reports::Document document;
  document.title = "Fox English page OCR: compression against precision";
  reports::add_facts(document, results.at("header"));
  std::map<std::string, std::string> modes;
  for (const ordered_json& run : results.at("runs"))
    if (!run.at("mode").is_null()) modes[run.at("mode")] = run.at("view");
  for (const auto& [mode, view] : modes) document.facts.emplace_back("mode " + mode, view);

  document.figures = fox_figures(results);
  if (results.at("runs").size() > 1)
    document.tables.push_back(reports::without_empty_columns(comparison_table(results)));
  document.tables.push_back(reports::without_empty_columns(bucket_table(results)));
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
