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
  nlohmann::json expected;          // metrics that came with the pair, or null
  nlohmann::json expected_swapped;  // the same with the arguments exchanged
};

std::vector<Pair> read_pairs(const std::filesystem::path& file) {
  std::vector<Pair> pairs;
  std::unordered_set<std::string> seen;
  for (const data::Record& record : data::read_records(file, "pairs")) {
    Pair pair{record.string("id"), metrics::decode_utf8(record.string("gt")),
              metrics::decode_utf8(record.string("pred")),
              record.json().value("metrics", nlohmann::json()),
              record.json().value("metrics_swapped", nlohmann::json())};
    if (!seen.insert(pair.id).second)
      throw data::DataError(file.string(), pair.id, "the pair stands twice");
    pairs.push_back(std::move(pair));
  }
  return pairs;
}

// Largest relative difference of the scores from the expected ones; infinite when only one side is
// undefined. Relative, because BLEU goes down to 1e-232.
double difference(const PageScores& scores, const nlohmann::json& expected,
                  const std::string& meteor_label) {
  double largest = 0;
  for (size_t m = 0; m < kNumMetrics; ++m) {
    const auto it = expected.find(kMetricNames[m]);
    if (it == expected.end()) continue;
    if (m == static_cast<size_t>(Metric::kMeteor) && meteor_label != "meteor") continue;
    const std::optional<double>& ours = scores.values[m];
    if (it->is_null() != !ours.has_value()) return INFINITY;
    if (!ours) continue;
    const double theirs = it->get<double>();
    const double scale = std::max(std::abs(theirs), std::abs(*ours));
    if (scale > 0) largest = std::max(largest, std::abs(*ours - theirs) / scale);
  }
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
  if (pair.expected.is_object())
    json["max_relative_difference"] =
        std::max(difference(scores.scores, pair.expected, meteor_label),
                 difference(scores.swapped, pair.expected_swapped, meteor_label));
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
    ordered_json cell{{"value", sum / static_cast<double>(values.size())}};
    if (resampler)
      if (const auto interval = resampler->mean_interval(values, config.bootstrap.confidence))
        cell.update({{"low", interval->low}, {"high", interval->high}});
    table.rows.push_back({{"metric", is_meteor ? meteor_label : kMetricNames[m]},
                          {"mean", cell},
                          {"undefined", undefined}});
  }
  return table;
}

reports::Document run_pairs(const nlohmann::json& json, const BenchmarkRun& run) {
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

  reports::LineWriter samples(run.dir.file("samples.jsonl"));
  size_t compared = 0;
  size_t equal = 0;
  double largest = 0;
  for (size_t i = 0; i < pairs.size(); ++i) {
    const ordered_json line = sample(pairs[i], scores[i], scorer.meteor_label());
    samples.write(line.dump());
    if (!line.contains("max_relative_difference")) continue;
    const double off = line["max_relative_difference"].is_null()
                           ? INFINITY
                           : line["max_relative_difference"].get<double>();
    ++compared;
    equal += off <= config.tolerance;
    largest = std::max(largest, off);
  }
  samples.close();

  reports::Document document;
  document.title = "Text pairs";
  const ordered_json header = scorer.describe();
  for (const auto& [name, value] : header.items())
    if (!value.is_null())
      document.facts.emplace_back(name,
                                  value.is_string() ? value.get<std::string>() : value.dump());
  document.facts.emplace_back("pairs", std::to_string(pairs.size()));
  document.tables.push_back(mean_table(scores, config, scorer.meteor_label()));
  ordered_json results{{"benchmark", "pairs"},
                       {"version", kVersion},
                       {"header", header},
                       {"pairs", pairs.size()},
                       {"compared", compared},
                       {"equal", equal},
                       {"max_relative_difference", largest},
                       {"means", document.tables[0].rows}};
  run.dir.write_json("results.json", results);
  if (compared > 0) {
    char text[160];
    std::snprintf(text, sizeof text,
                  "%zu of %zu pairs equal to the metrics that came with them (tolerance %g, "
                  "largest difference %.1e)",
                  equal, compared, config.tolerance, largest);
    document.notes.emplace_back(text);
  }
  return document;
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
