#include "eval/benchmarks/fox_summary.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "eval/benchmarks/fox_paper.h"
#include "eval/metrics/capacity.h"
#include "eval/page_intervals.h"
#include "reports/document.h"

namespace dsocr::eval {
namespace {

using nlohmann::ordered_json;

constexpr double kShortRatio = 0.7;  // spec: Fox, section 3, "Known traps"
constexpr double kLongRatio = 1.3;

// One number per page under its name; the names are those of results.json.
using PageColumn = std::pair<std::string, std::vector<double>>;

std::vector<PageColumn> score_columns(const std::vector<FoxPageScore>& pages,
                                      const std::string& meteor_label,
                                      const PageScores& (*scores_of)(const FoxPageScore&)) {
  std::vector<PageColumn> columns;
  for (size_t m = 0; m < kNumMetrics; ++m) {
    const bool is_meteor = m == static_cast<size_t>(Metric::kMeteor);
    if (is_meteor && (meteor_label.empty() || pages.empty() || !scores_of(pages.front()).values[m]))
      continue;
    columns.emplace_back(is_meteor ? meteor_label : kMetricNames[m], std::vector<double>{});
    for (const FoxPageScore& page : pages)
      columns.back().second.push_back(scores_of(page).values[m].value_or(0));
  }
  columns.emplace_back("one_minus_edit_dist", std::vector<double>{});
  for (const FoxPageScore& page : pages)
    columns.back().second.push_back(1 - *scores_of(page)[Metric::kEditDist]);
  return columns;
}

struct RunColumns {
  std::vector<PageColumn> raw;
  std::vector<PageColumn> swapped;
  std::vector<PageColumn> normalised;
  std::vector<PageColumn> words;
};

RunColumns run_columns(const FoxRun& run, const std::string& meteor_label) {
  return {score_columns(run.pages, meteor_label,
                        [](const FoxPageScore& p) -> const PageScores& { return p.text.scores; }),
          score_columns(run.pages, meteor_label,
                        [](const FoxPageScore& p) -> const PageScores& { return p.text.swapped; }),
          score_columns(run.pages, meteor_label,
                        [](const FoxPageScore& p) -> const PageScores& { return p.normalised; }),
          score_columns(run.pages, meteor_label,
                        [](const FoxPageScore& p) -> const PageScores& { return p.words; })};
}

double mean(const std::vector<double>& values) {
  return values.empty() ? 0
                        : std::accumulate(values.begin(), values.end(), 0.0) /
                              static_cast<double>(values.size());
}

std::vector<double> pick(const std::vector<double>& values, const std::vector<size_t>& pages) {
  std::vector<double> picked;
  picked.reserve(pages.size());
  for (const size_t page : pages) picked.push_back(values[page]);
  return picked;
}

ordered_json means(const std::vector<PageColumn>& columns, const std::vector<size_t>& pages,
                   bool with_complement) {
  ordered_json json = ordered_json::object();
  for (const auto& [name, values] : columns)
    if (with_complement || name != "one_minus_edit_dist") json[name] = mean(pick(values, pages));
  return json;
}

ordered_json intervals_of(const PageIntervals& intervals, const std::vector<PageColumn>& columns,
                          const std::vector<size_t>& pages) {
  ordered_json json = ordered_json::object();
  for (const auto& [name, values] : columns)
    if (const auto interval = intervals.of(pick(values, pages)))
      json[name] = {interval->low, interval->high};
  return json;
}

ordered_json optional_json(const std::optional<double>& value) {
  return value ? ordered_json(*value) : ordered_json(nullptr);
}

// Nothing unless every page has the value.
std::optional<double> mean_known(const FoxRun& run, const std::vector<size_t>& pages,
                                 std::optional<double> FoxPageScore::*value) {
  double sum = 0;
  for (const size_t page : pages) {
    if (!(run.pages[page].*value)) return std::nullopt;
    sum += *(run.pages[page].*value);
  }
  return pages.empty() ? std::nullopt : std::optional(sum / static_cast<double>(pages.size()));
}

// Counts and sizes that stand beside every accuracy.
void add_facts(ordered_json& row, const FoxRun& run, const std::vector<size_t>& pages) {
  double tokens = 0;
  size_t undefined = 0, failed = 0, too_short = 0, too_long = 0, looping = 0;
  for (const size_t index : pages) {
    const FoxPageScore& page = run.pages[index];
    tokens += static_cast<double>(page.tokens);
    undefined += !page.text.scores[Metric::kFMeasure].has_value();
    failed += page.failure.has_value();
    too_short += page.length_ratio < kShortRatio;
    too_long += page.length_ratio > kLongRatio;
    looping += page.repetition.looping;
  }
  const double mean_tokens = pages.empty() ? 0 : tokens / static_cast<double>(pages.size());
  const auto vision = mean_known(run, pages, &FoxPageScore::vision_tokens);
  row["mean_tokens"] = mean_tokens;
  row["vision_tokens"] = optional_json(vision);
  row["valid_vision_tokens"] = optional_json(mean_known(run, pages, &FoxPageScore::valid_tokens));
  row["font_px_after_resize"] = optional_json(mean_known(run, pages, &FoxPageScore::font_px));
  row["compression"] = vision ? ordered_json(mean_tokens / *vision) : ordered_json(nullptr);
  row["short_pages"] = too_short;
  row["long_pages"] = too_long;
  row["looping_pages"] = looping;
  row["undefined"] = undefined;
  row["failed"] = failed;
}

// The paper's pages are known by their number in each bucket.
bool are_paper_buckets(const std::map<int64_t, std::vector<size_t>>& buckets) {
  return buckets.size() == kPaperTable2.size() &&
         std::all_of(kPaperTable2.begin(), kPaperTable2.end(), [&](const PaperRow& row) {
           const auto it = buckets.find(row.bucket);
           return it != buckets.end() && it->second.size() == row.pages;
         });
}

ordered_json bucket_row(const FoxRun& run, const RunColumns& columns, int64_t bucket,
                        const std::vector<size_t>& pages, const FoxConfig& config,
                        bool is_paper_setting) {
  const std::string name = std::to_string(bucket) + "-" + std::to_string(bucket + kFoxBucketTokens);
  const PageIntervals intervals(config.bootstrap, pages.size(), "fox.bootstrap." + name);
  ordered_json row{{"bucket", name}, {"pages", pages.size()}};
  add_facts(row, run, pages);
  row.update(means(columns.raw, pages, true));
  row["normalised"] = means(columns.normalised, pages, true);
  row["words"] = means(columns.words, pages, true);
  row["intervals"] = intervals_of(intervals, columns.raw, pages);
  row["intervals"]["normalised"] = intervals_of(intervals, columns.normalised, pages);
  row["intervals"]["words"] = intervals_of(intervals, columns.words, pages);
  if (const auto paper = paper_point(run.config.mode, bucket); paper && is_paper_setting) {
    row["paper_precision"] = paper->precision;
    row["paper_compression"] = paper->compression;
  }
  return row;
}

// Bits per vision token of a run on random text, from the means over its pages.
ordered_json capacity(const FoxRun& run, const ordered_json& means,
                      const std::optional<double>& vision_tokens) {
  if (!run.alphabet_symbols || !vision_tokens || run.pages.empty()) return nullptr;
  double characters = 0;
  for (const FoxPageScore& page : run.pages) characters += static_cast<double>(page.text.len_gt);
  return metrics::bits_per_vision_token(characters / static_cast<double>(run.pages.size()),
                                        *run.alphabet_symbols, means.at("edit_dist").get<double>(),
                                        static_cast<size_t>(std::lround(*vision_tokens)));
}

ordered_json run_json(const FoxRun& run, const RunColumns& columns, const FoxConfig& config) {
  std::vector<size_t> all(run.pages.size());
  std::iota(all.begin(), all.end(), size_t{0});
  const PageIntervals intervals(config.bootstrap, all.size(), "fox.bootstrap.all");
  ordered_json json{
      {"run", run.config.name},
      {"predictions", run.config.predictions},
      {"target", std::filesystem::path(run.config.targets).stem().string()},
      {"mode", run.config.mode ? ordered_json(configs::mode_name(*run.config.mode)) : nullptr},
      {"view", run.config.mode ? ordered_json(configs::mode_text(*run.config.mode)) : nullptr},
      {"group", run.config.group},
      {"engine", run.engine},
      {"num_pages", run.pages.size()}};
  add_facts(json, run, all);
  json["mean"] = means(columns.raw, all, false);
  json["mean_swapped"] = means(columns.swapped, all, false);
  json["mean_normalised"] = means(columns.normalised, all, false);
  json["mean_words"] = means(columns.words, all, false);
  json["intervals"] = intervals_of(intervals, columns.raw, all);
  json["intervals"]["normalised"] = intervals_of(intervals, columns.normalised, all);
  json["intervals"]["words"] = intervals_of(intervals, columns.words, all);
  json["alphabet_symbols"] =
      run.alphabet_symbols ? ordered_json(*run.alphabet_symbols) : ordered_json(nullptr);
  json["bits_per_vision_token"] =
      capacity(run, json["mean"], mean_known(run, all, &FoxPageScore::vision_tokens));

  std::map<int64_t, std::vector<size_t>> buckets;
  for (size_t i = 0; i < run.pages.size(); ++i)
    if (run.pages[i].bucket) buckets[*run.pages[i].bucket].push_back(i);
  json["buckets"] = ordered_json::array();
  const bool is_paper_setting = run.config.paper && run.config.targets == kFoxCleanTargets &&
                                config.count_bos && !config.scoring.official_args &&
                                are_paper_buckets(buckets);
  for (const auto& [bucket, pages] : buckets)
    json["buckets"].push_back(bucket_row(run, columns, bucket, pages, config, is_paper_setting));
  return json;
}

// Runs of a group read the same texts: their difference is taken page by page.
ordered_json pair_rows(const std::vector<FoxRun>& runs, const std::vector<RunColumns>& columns,
                       const FoxConfig& config) {
  ordered_json rows = ordered_json::array();
  for (size_t a = 0; a < runs.size(); ++a) {
    for (size_t b = a + 1; b < runs.size(); ++b) {
      const RunConfig& from = runs[a].config;
      const RunConfig& to = runs[b].config;
      if (from.group != to.group || from.targets != to.targets) continue;
      const PageIntervals intervals(config.bootstrap, runs[a].pages.size(), "fox.bootstrap.all");
      ordered_json row{{"group", from.group}, {"from", from.name}, {"to", to.name}};
      for (size_t c = 0; c < columns[a].raw.size(); ++c) {
        const auto& [name, before] = columns[a].raw[c];
        std::vector<double> difference = columns[b].raw[c].second;
        for (size_t i = 0; i < difference.size(); ++i) difference[i] -= before[i];
        const auto interval = intervals.of(difference);
        row[name] = reports::estimate(
            mean(difference),
            interval ? std::optional(std::pair(interval->low, interval->high)) : std::nullopt);
      }
      rows.push_back(row);
    }
  }
  return rows;
}

}  // namespace

ordered_json summarise_fox(const std::vector<FoxRun>& runs, const FoxConfig& config,
                           const std::string& meteor_label) {
  std::vector<RunColumns> columns;
  ordered_json all = ordered_json::array();
  for (const FoxRun& run : runs) {
    columns.push_back(run_columns(run, meteor_label));
    all.push_back(run_json(run, columns.back(), config));
  }
  return {{"runs", all}, {"pairs", pair_rows(runs, columns, config)}};
}

}  // namespace dsocr::eval
