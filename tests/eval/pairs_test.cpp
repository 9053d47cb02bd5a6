#include "eval/benchmarks/pairs.h"

#include <gtest/gtest.h>

#include "eval/metrics/wordnet.h"
#include "tests/eval/run_benchmark.h"
#include "tests/support/read_json.h"
#include "tests/support/thrown.h"

namespace dsocr::eval {
namespace {

TEST(Pairs, GoldenPairsEqualTheOfficialMetrics) {
  const auto file = test::golden_dir() / "fox" / "pairs.json";
  const auto output = test::run_benchmark("pairs", {{"data", file.string()}});
  EXPECT_EQ(output.results["pairs"], 40);
  EXPECT_EQ(output.results["compared"], 40);
  EXPECT_EQ(output.results["equal"], 40) << output.samples_text;
  if (!metrics::WordNet::available(ScoringConfig{}.wordnet))
    GTEST_SKIP() << "METEOR not compared: needs WordNet in " << ScoringConfig{}.wordnet;
  EXPECT_EQ(output.results["header"]["meteor"], "meteor");
}

TEST(Pairs, OfficialArgumentsAreHeldToTheExchangedMetrics) {
  const auto file = test::golden_dir() / "fox" / "pairs.json";
  const auto output = test::run_benchmark(
      "pairs", {{"data", file.string()}, {"scoring", {{"official_args", true}}}});
  EXPECT_EQ(output.results["equal"], 40);
  EXPECT_FALSE(output.failure.has_value());
}

TEST(Pairs, AWrongExpectationFailsTheRun) {
  const test::TempDir dir;
  auto pairs = test::read_json(test::golden_dir() / "fox" / "pairs.json");
  pairs["pairs"][1]["metrics"]["precision"] = 0.123;
  pairs["pairs"][2]["metrics_swapped"]["bleu"] = nullptr;
  const auto file = dir.write("pairs.json", pairs.dump());
  const auto output = test::run_benchmark("pairs", {{"data", file.string()}});
  EXPECT_EQ(output.results["equal"], 38);
  EXPECT_EQ(output.results["unequal"],
            (nlohmann::ordered_json{"en_typo_chars", "en_missing_tail"}));
  EXPECT_EQ(output.failure,
            "2 pairs differ from the metrics that came with them, first 'en_typo_chars'");
}

TEST(Pairs, ExpectationsAreReadStrictly) {
  const auto refused = [](const char* metrics) {
    const test::TempDir dir;
    const auto file = dir.write(
        "p.jsonl", std::string("{\"id\": \"1\", \"gt\": \"a\", \"pred\": \"a\", \"metrics\": ") +
                       metrics + "}");
    const std::string message = test::thrown_message([&] {
      test::run_benchmark("pairs", {{"data", file.string()}});
    });
    return message.substr(std::min(message.size(), file.string().size()));
  };
  EXPECT_EQ(refused("[1]"), ": sample '1': metrics: not an object");
  EXPECT_EQ(refused("{\"precisoin\": 0.1}"),
            ": sample '1': metrics: must have the six metrics and nothing else");
  EXPECT_EQ(
      refused(
          R"({"bleu": 1, "meteor": 1, "f_measure": 1, "precision": "x", "recall": 1, "edit_dist": 0})"),
      ": sample '1': metrics: precision is not a number");
}

TEST(Pairs, NeedNoExpectation) {
  const test::TempDir dir;
  const auto file = dir.write("pairs.jsonl",
                              "{\"id\": \"1\", \"gt\": \"a b\", \"pred\": \"a\"}\n{\"id\": \"2\", "
                              "\"gt\": \"a\", \"pred\": \"\"}\n");
  const auto output =
      test::run_benchmark("pairs", {{"data", file.string()}, {"scoring", {{"meteor", "off"}}}});
  EXPECT_EQ(output.results["compared"], 0);
  for (const auto& row : output.results["means"]) {
    if (row["metric"] != "precision") continue;
    EXPECT_EQ(row["mean"]["value"], 0.5);  // 1 and undefined
    EXPECT_EQ(row["undefined"], 1);
  }
}

TEST(Pairs, RefuseTheSameIdTwice) {
  const test::TempDir dir;
  const auto file = dir.write("p.jsonl",
                              "{\"id\": \"1\", \"gt\": \"a\", \"pred\": \"a\"}\n{\"id\": \"1\", "
                              "\"gt\": \"a\", \"pred\": \"\"}\n");
  EXPECT_EQ(test::thrown_message([&] {
              test::run_benchmark("pairs", {{"data", file.string()}});
            }),
            file.string() + ": sample '1': the pair stands twice");
}

}  // namespace
}  // namespace dsocr::eval
