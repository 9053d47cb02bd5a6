#include "eval/benchmarks/pairs.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "configs/seed.h"
#include "data/error.h"
#include "data/records.h"
#include "eval/metrics/bootstrap.h"
#include "eval/normalize/unicode.h"
#include "eval/runner.h"
#include "eval/scorer.h"
#include "reports/files.h"

namespace dsocr::eval {
namespace {

using nlohmann::ordered_json;

constexpr const char* kVersion = "1.0";
constexpr double kPercent = 100;

struct Pair {
  std::string id;
  std::u32string target;
  std::u32string prediction;
  // Metrics that came with the pair, in the script's order of arguments and exchanged.
  std::optional<PageScores> expected;
  std::optional<PageScores> expected_swapped;
};

// The six metrics of a pair as another implementation gave them; null where it gave none.
std::optional<PageScores> read_expected(const data::Record& record, const char* key) {
  const auto it = record.json().find(key);
  if (it == record.json().end()) return std::nullopt;
  const auto refuse = [&](const std::string& reason) {
    throw data::DataError(record.file(), record.string("id"), std::string(key) + ": " + reason);
  };
  if (!it->is_object()) refuse("not an object");
  if (it->size() != kNumMetrics) refuse("must have the six metrics and nothing else");
  PageScores scores;
  for (size_t m = 0; m < kNumMetrics; ++m) {
    const auto metric = it->find(kMetricNames[m]);
    if (metric == it->end()) refuse(std::string("has no ") + kMetricNames[m]);
    if (metric->is_null()) continue;
    if (!metric->is_number()) refuse(std::string(kMetricNames[m]) + " is not a number");
    scores.values[m] = metric->get<double>();
  }
  return scores;
}

std::vector<Pair> read_pairs(const std::filesystem::path& file) {
  std::vector<Pair> pairs;
  std::unordered_set<std::string> seen;
  for (const data::Record& record : data::read_records(file, "pairs")) {
    pairs.push_back({record.string("id"), metrics::decode_utf8(record.string("gt")),
                     metrics::decode_utf8(record.string("pred")), read_expected(record, "metrics"),
                     read_expected(record, "metrics_swapped")});
    if (!seen.insert(pairs.back().id).second)
      throw data::DataError(file, pairs.back().id, "the pair stands twice");
  }
  return pairs;
}

// Largest relative difference of the scores from the expected ones; infinite when only one side is
// undefined. Relative, because BLEU goes down to 1e-232. METEOR without WordNet is another metric.
double difference(const PageScores& scores, const PageScores& expected, bool with_meteor) {
  double largest = 0;
  for (size_t m = 0; m < kNumMetrics; ++m) {
    if (m == static_cast<size_t>(Metric::kMeteor) && !with_meteor) continue;
    const std::optional<double>& ours = scores.values[m];
    const std::optional<double>& theirs = expected.values[m];
    if (ours.has_value() != theirs.has_value()) return INFINITY;
    if (!ours) continue;
    const double scale = std::max(std::abs(*theirs), std::abs(*ours));
    if (scale > 0) largest = std::max(largest, std::abs(*ours - *theirs) / scale);
  }
  return largest;
}

// Nothing for a pair that came without metrics.
std::optional<double> difference(const Pair& pair, const TextScores& text, bool official_args,
                                 bool with_meteor) {
  const PageScores& plain = official_args ? text.swapped : text.scores;
  const PageScores& swapped = official_args ? text.scores : text.swapped;
  std::optional<double> largest;
  if (pair.expected) largest = difference(plain, *pair.expected, with_meteor);
  if (pair.expected_swapped)
    largest =
        std::max(largest.value_or(0), difference(swapped, *pair.expected_swapped, with_meteor));
  return largest;
}

ordered_json sample(const Pair& pair, const TextScores& scores, const std::string& meteor_label) {
  ordered_json json{{"id", pair.id}};
  json.update(to_json(scores.scores, meteor_label));
  json["swapped"] = to_json(scores.swapped, meteor_label);
  json["tokenizer"] = scores.segmenter == metrics::Segmenter::kJieba ? "jieba" : "split";
  json["edit_ops"] = scores.edit_ops;
  json["len_gt"] = scores.len_gt;
  json["len_pred"] = scores.len_pred;
  return json;
}

// One row per metric: mean over the pairs with its interval, and how many pairs have no value.
reports::Table mean_table(const std::vector<TextScores>& scores, const PairsConfig& config,
                          const std::string& meteor_label) {
  reports::Table table{"means", "Mean over pairs (percent, with interval)", {}, {}};
  table.columns = {{"metric", "metric"}, {"mean", "mean", 1, kPercent}, {"undefined", "undefined"}};
  std::optional<metrics::PageResampler> resampler;
  if (config.bootstrap.resamples > 0)
    resampler.emplace(scores.size(), static_cast<size_t>(config.bootstrap.resamples),
                      configs::derive_seed(config.bootstrap.seed, "eval.pairs.bootstrap"));
  for (size_t m = 0; m < kNumMetrics; ++m) {
    const bool is_meteor = m == static_cast<size_t>(Metric::kMeteor);
    if (is_meteor && meteor_label.empty()) continue;
    std::vector<double> values;
    size_t undefined = 0;
    double sum = 0;
    for (const TextScores& pair : scores) {
      undefined += !pair.scores.values[m].has_value();
      values.push_back(pair.scores.values[m].value_or(0));
      sum += values.back();
    }
    std::optional<std::pair<double, double>> interval;
    if (resampler && values.size() > 1)
      if (const auto found = resampler->mean_interval(values, config.bootstrap.confidence))
        interval = {found->low, found->high};
    const ordered_json cell = reports::estimate(sum / static_cast<double>(values.size()), interval);
    table.rows.push_back({{"metric", is_meteor ? meteor_label : kMetricNames[m]},
                          {"mean", cell},
                          {"undefined", undefined}});
  }
  return table;
}

BenchmarkResult run_pairs(const nlohmann::json& json, const BenchmarkRun& run) {
  const auto config = configs::read_config<PairsConfig>(json);
  const Scorer scorer(config.scoring);
  const std::vector<Pair> pairs = read_pairs(config.data);
  run.manifest.add_input("pairs", config.data);
  run.manifest.set_seed("bootstrap", config.bootstrap.seed);
  run.manifest.set_device("cpu", num_threads(config.threads));
  run.manifest.set_version("unicode", metrics::unicode_version());

  reports::Progress progress("Scoring", "pairs", pairs.size());
  const auto scores =
      map_ordered(pairs.size(), num_threads(config.threads), progress,
                  [&](size_t i) { return scorer.score(pairs[i].target, pairs[i].prediction); });

  const bool with_meteor = scorer.meteor_label() == "meteor";
  reports::LineWriter samples(run.dir.file("samples.jsonl"));
  size_t compared = 0;
  std::vector<std::string> unequal;
  double largest = 0;
  for (size_t i = 0; i < pairs.size(); ++i) {
    ordered_json line = sample(pairs[i], scores[i], scorer.meteor_label());
    if (const auto off =
            difference(pairs[i], scores[i], config.scoring.official_args, with_meteor)) {
      line["max_relative_difference"] = *off;  // infinite is written as null
      ++compared;
      largest = std::max(largest, *off);
      if (!(*off <= config.tolerance)) unequal.push_back(pairs[i].id);
    }
    samples.write(line.dump());
  }
  samples.close();
  for (const auto& file : scorer.inputs()) run.manifest.add_input("dictionary", file);

  BenchmarkResult result;
  result.document.title = "Text pairs";
  const ordered_json header = scorer.describe();
  reports::add_facts(result.document, header);
  result.document.facts.emplace_back("pairs", std::to_string(pairs.size()));
  result.document.tables.push_back(mean_table(scores, config, scorer.meteor_label()));
  run.dir.write_json("results.json", {{"benchmark", "pairs"},
                                      {"version", kVersion},
                                      {"header", header},
                                      {"pairs", pairs.size()},
                                      {"compared", compared},
                                      {"equal", compared - unequal.size()},
                                      {"unequal", unequal},
                                      {"max_relative_difference", largest},
                                      {"means", result.document.tables[0].rows}});
  if (compared > 0) {
    char text[160];
    std::snprintf(text, sizeof text,
                  "%zu of %zu pairs equal to the metrics that came with them (tolerance %g, "
                  "largest difference %.1e)",
                  compared - unequal.size(), compared, config.tolerance, largest);
    result.document.notes.emplace_back(text);
  }
  if (!unequal.empty())
    result.failure = std::to_string(unequal.size()) +
                     " pairs differ from the metrics that came with them, first '" + unequal[0] +
                     "'";
  return result;
}

void check_pairs(const nlohmann::json& json) {
  const auto config = configs::read_config<PairsConfig>(json);
  read_pairs(config.data);
  const Scorer scorer(config.scoring);
}

}  // namespace

Benchmark pairs_benchmark() {
  return {.name = "pairs",
          .version = kVersion,
          .doc = "any texts against their targets, scored with the Fox metrics",
          .example = "--data tests/golden/fox/pairs.json --out runs/pairs",
          .config = configs::make_config_kind<PairsConfig>("eval.pairs",
                                                           "settings of `dsocr eval pairs`"),
          .check = check_pairs,
          .run = run_pairs};
}

}  // namespace dsocr::eval
