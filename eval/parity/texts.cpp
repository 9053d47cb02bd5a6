#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "data/text/tokenizer.h"
#include "eval/metrics/tokens.h"
#include "eval/parity/parity.h"
#include "eval/scorer.h"
#include "reports/files.h"

namespace dsocr::eval {
namespace {

using nlohmann::json;

constexpr double kScoreLimit = 1e-12;

json read(const std::filesystem::path& file) { return json::parse(reports::read_file(file)); }

model::Check check_vectors(const data::Tokenizer& tokenizer, const std::string& name,
                           const json& golden) {
  EqualCount count(name, "ids and texts");
  for (const json& vector : golden.at("encode")) {
    const auto text = vector.at("text").get<std::string>();
    const auto ids = vector.at("ids").get<std::vector<int32_t>>();
    count.add(tokenizer.encode(text) == ids, "encode " + vector.at("text").dump());
    count.add(tokenizer.decode(ids) == vector.at("decoded"), "decode " + vector.at("ids").dump());
    count.add(tokenizer.decode(ids, /*skip_special=*/true) == vector.at("decoded_skip_special"),
              "decode without special tokens " + vector.at("ids").dump());
  }
  for (const json& vector : golden.at("decode"))
    count.add(
        tokenizer.decode(vector.at("ids").get<std::vector<int32_t>>()) == vector.at("decoded"),
        "decode " + vector.at("ids").dump());
  return count.check();
}

// Largest difference of one orientation's six numbers; infinite when one side has no value.
double difference(const PageScores& ours, const json& theirs) {
  double largest = 0;
  for (size_t m = 0; m < kNumMetrics; ++m) {
    const json& value = theirs.at(kMetricNames[m]);
    if (ours.values[m].has_value() == value.is_null()) return INFINITY;
    if (ours.values[m])
      largest = std::max(largest, std::abs(*ours.values[m] - value.get<double>()));
  }
  return largest;
}

}  // namespace

std::vector<model::Check> verify_tokenizer(const std::filesystem::path& folder) {
  std::vector<model::Check> checks;
  if (std::filesystem::exists(folder / "tiny_vectors.json"))
    checks.push_back(check_vectors(data::Tokenizer::load(folder / "tiny_tokenizer.json"),
                                   "tiny_vectors.json", read(folder / "tiny_vectors.json")));
  if (std::filesystem::exists(folder / "ocr_vectors.json"))
    checks.push_back(check_vectors(data::Tokenizer::load(data::default_tokenizer_file()),
                                   "ocr_vectors.json", read(folder / "ocr_vectors.json")));
  return checks;
}

std::vector<model::Check> verify_fox(const std::filesystem::path& folder) {
  const auto file = folder / "pairs.json";
  if (!std::filesystem::exists(file)) return {};
  const Scorer scorer(
      ScoringConfig{.official_args = false, .meteor = MeteorChoice::kWordnet, .jieba = {}});
  model::Check check{
      .case_name = "pairs.json", .name = "six metrics, both orders", .limit = "1e-12"};
  size_t count = 0;
  const json golden = read(file);
  for (const json& pair : golden.at("pairs")) {
    const TextScores scores =
        scorer.score(metrics::decode_utf8(pair.at("gt").get<std::string>()),
                     metrics::decode_utf8(pair.at("pred").get<std::string>()));
    check.max_abs = std::max({check.max_abs, difference(scores.scores, pair.at("metrics")),
                              difference(scores.swapped, pair.at("metrics_swapped"))});
    ++count;
  }
  check.max_rel = check.max_abs;
  check.ok = count > 0 && check.max_abs <= kScoreLimit;
  check.note = std::to_string(count) + " pairs";
  return {check};
}

}  // namespace dsocr::eval
