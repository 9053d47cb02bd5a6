#include <gtest/gtest.h>

#include <cmath>

#include "configs/compose.h"
#include "eval/metrics/wordnet.h"
#include "tests/eval/run_benchmark.h"
#include "tests/support/fox_runs.h"

// The 15 published runs of DeepSeek-OCR on the Fox pages against what the official metric functions
// give, through the experiment's own config.
namespace dsocr::eval {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

const test::BenchmarkOutput& replay() {
  static const test::BenchmarkOutput output = [] {
    json config =
        configs::compose(test::golden_dir() / "../../experiments/001-fox-table2/config.json", {});
    config["data"] = (test::shared_dir() / "data" / "fox").string();
    return test::run_benchmark("fox", config);
  }();
  return output;
}

const ordered_json& run_named(const std::string& name) {
  for (const auto& run : replay().results["runs"])
    if (run["run"] == name) return run;
  throw std::runtime_error("no run " + name);
}

json page_tiny_config() {
  return {{"data", (test::shared_dir() / "data" / "fox").string()},
          {"runs", {{{"predictions", "predictions/page_tiny.json"}}}},
          {"scoring", {{"meteor", "off"}}}};
}

#define REQUIRE_FOX()                                \
  DSOCR_REQUIRE_SHARED("data/fox/en_page_ocr.json"); \
  DSOCR_REQUIRE_SHARED("golden/fox/replay")

TEST(FoxReplay, EveryMeanOfEveryRun) {
  REQUIRE_FOX();
  size_t compared = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(test::shared_dir() / "golden" / "fox" / "replay")) {
    const json golden = test::read_json(entry.path());
    const ordered_json& run = run_named(golden["run"]);
    EXPECT_EQ(run["target"].dump(), golden["target"].dump());
    EXPECT_EQ(run["predictions"].dump(), golden["predictions"].dump());
    for (const char* ours : {"mean", "mean_swapped"})
      for (const auto& [metric, value] : golden[ours].items()) {
        if (metric == "meteor" && !metrics::WordNet::available("/usr/share/wordnet")) continue;
        EXPECT_NEAR(run[ours][metric].get<double>(), value.get<double>(), 1e-12)
            << golden["run"] << " " << metric;
        ++compared;
      }
  }
  EXPECT_EQ(compared, 15U * 2 * (metrics::WordNet::available("/usr/share/wordnet") ? 6 : 5));
}

TEST(FoxReplay, EveryPageOfEveryRun) {
  REQUIRE_FOX();
  std::map<std::pair<std::string, std::string>, json> samples;
  std::istringstream lines(replay().samples_text);
  for (std::string line; std::getline(lines, line);) {
    json sample = json::parse(line);
    samples[{sample["run"], sample["image"]}] = sample;
  }
  const bool wordnet = metrics::WordNet::available("/usr/share/wordnet");
  const auto equal = [&](const json& ours, const json& theirs, const std::string& where) {
    for (const char* metric : {"bleu", "meteor", "f_measure", "precision", "recall", "edit_dist"}) {
      if (std::string(metric) == "meteor" && !wordnet) continue;
      const double expected = theirs[metric];
      // BLEU goes down to 1e-232, so it is compared relatively.
      const double tolerance = 1e-12 * (std::string(metric) == "bleu" ? std::abs(expected) : 1);
      EXPECT_NEAR(ours[metric].get<double>(), expected, tolerance) << where << " " << metric;
    }
  };
  for (const test::FoxRun& run : test::load_fox_runs())
    for (const json& page : run.golden_pages) {
      const json& sample = samples.at({run.name, page["image"]});
      equal(sample, page, run.name + " " + page["image"].get<std::string>());
      equal(sample["swapped"], page["swapped"],
            run.name + " swapped " + page["image"].get<std::string>());
    }
}

TEST(FoxReplay, Table2ToTheDigit) {
  REQUIRE_FOX();
  const json golden = test::read_json(test::shared_dir() / "golden" / "fox" / "table2_replay.json");
  for (const char* name : {"page_tiny", "page_small"}) {
    const auto& buckets = run_named(name)["buckets"];
    ASSERT_EQ(buckets.size(), golden[name].size());
    for (size_t i = 0; i < buckets.size(); ++i)
      for (const auto& [field, value] : golden[name][i].items()) {
        if (field == "meteor" && !metrics::WordNet::available("/usr/share/wordnet")) continue;
        if (value.is_string() || field == "pages" || field == "mean_tokens" ||
            field == "compression")
          EXPECT_EQ(buckets[i][field].dump(), value.dump()) << name << " " << i << " " << field;
        else
          EXPECT_NEAR(buckets[i][field].get<double>(), value.get<double>(), 1e-12)
              << name << " " << i << " " << field;
      }
  }
}

TEST(FoxReplay, RatiosPrintAsInThePaper) {
  REQUIRE_FOX();
  for (const char* name : {"page_tiny", "page_small"}) {
    ASSERT_EQ(run_named(name)["buckets"].size(), 7u);
    for (const auto& bucket : run_named(name)["buckets"])
      EXPECT_EQ(std::round(bucket["compression"].get<double>() * 10) / 10,
                bucket["paper_compression"].get<double>());
  }
}

// Spec: Fox, section 4: the columns on normalised texts, to the printed digit.
TEST(FoxReplay, NormalisedColumns) {
  REQUIRE_FOX();
  const std::vector<double> normalised{98.7, 98.4, 97.5, 97.5, 92.0, 90.1, 89.0};
  const std::vector<double> words{99.1, 98.9, 97.8, 98.0, 94.1, 91.8, 93.8};
  const auto& buckets = run_named("page_small")["buckets"];
  ASSERT_EQ(buckets.size(), 7u);
  for (size_t i = 0; i < buckets.size(); ++i) {
    EXPECT_EQ(std::round(buckets[i]["normalised"]["precision"].get<double>() * 1000) / 10,
              normalised[i])
        << i;
    EXPECT_EQ(std::round(buckets[i]["words"]["precision"].get<double>() * 1000) / 10, words[i])
        << i;
  }
}

// Spec: Fox, section 5: capacity of the random runs; natural text has none.
TEST(FoxReplay, BitsPerVisionToken) {
  REQUIRE_FOX();
  EXPECT_EQ(std::round(run_named("random_tiny")["bits_per_vision_token"].get<double>()), 63);
  EXPECT_EQ(std::round(run_named("random_small")["bits_per_vision_token"].get<double>()), 63);
  for (const auto& run : replay().results["runs"])
    EXPECT_EQ(run["bits_per_vision_token"].is_null(), run["target"] != "random") << run["run"];
}

// The paper's values stand beside what it measured and nothing else.
TEST(FoxReplay, PaperValuesOnlyWhereTheyBelong) {
  REQUIRE_FOX();
  for (const auto& run : replay().results["runs"])
    for (const auto& bucket : run["buckets"])
      EXPECT_EQ(bucket.contains("paper_precision"),
                run["run"] == "page_tiny" || run["run"] == "page_small")
          << run["run"];
  for (const json& change :
       {json{{"count_bos", false}}, json{{"scoring", {{"official_args", true}}}}}) {
    json config = page_tiny_config();
    config.merge_patch(change);
    const auto output = test::run_benchmark("fox", config);
    ASSERT_EQ(output.results["runs"][0]["buckets"].size(), 7u);
    for (const auto& bucket : output.results["runs"][0]["buckets"])
      EXPECT_FALSE(bucket.contains("paper_precision")) << change;
  }
}

// Spec: Fox, section 2: the pages per bucket with and without the BOS.
TEST(FoxReplay, PagesPerBucket) {
  REQUIRE_FOX();
  const auto counts = [](bool bos) {
    json config = page_tiny_config();
    config["count_bos"] = bos;
    const auto output = test::run_benchmark("fox", config);
    std::vector<int> pages;
    for (const auto& bucket : output.results["runs"][0]["buckets"])
      pages.push_back(bucket["pages"]);
    return pages;
  };
  EXPECT_EQ(counts(true), (std::vector<int>{7, 28, 28, 14, 11, 8, 4}));
  EXPECT_EQ(counts(false), (std::vector<int>{8, 28, 27, 14, 12, 7, 4}));
}

// Spec: Fox, section 3, "Known traps": pages much shorter or longer than their text.
TEST(FoxReplay, LengthFlags) {
  REQUIRE_FOX();
  EXPECT_EQ(run_named("page_tiny")["short_pages"], 2);
  EXPECT_EQ(run_named("page_tiny")["long_pages"], 8);
  EXPECT_EQ(run_named("page_small")["short_pages"], 0);
  EXPECT_EQ(run_named("page_small")["long_pages"], 0);
  EXPECT_EQ(run_named("page_small")["looping_pages"], 0);
  EXPECT_GE(run_named("page_unresized")["looping_pages"], 20);
}

}  // namespace
}  // namespace dsocr::eval
