#include "eval/benchmarks/fox.h"

#include <gtest/gtest.h>

#include <sstream>

#include "configs/error.h"
#include "eval/benchmarks/fox_inputs.h"
#include "tests/eval/run_benchmark.h"
#include "tests/support/thrown.h"

namespace dsocr::eval {
namespace {

using nlohmann::json;

// "aaa0 aab1 ...": `count` different words of four letters; the first `wrong` of them misread.
std::string words(int count, int wrong = 0) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    std::string word{static_cast<char>('a' + i / 26 % 26), static_cast<char>('a' + i % 26), 'o',
                     static_cast<char>('a' + i / 676)};
    if (i < wrong) word[2] = 'X';
    text += (i > 0 ? " " : "") + word;
  }
  return text;
}

// A benchmark of three pages of 400, 400 and 20 words in a folder of its own.
class FoxBenchmark : public testing::Test {
 protected:
  FoxBenchmark() {
    json pages = json::array();
    for (const auto& [image, count] :
         {std::pair{"en_1.png", 400}, {"en_2.png", 400}, {"en_3.png", 20}})
      pages.push_back(
          {{"image", image}, {"conversations", {{{"from", "gpt"}, {"value", words(count)}}}}});
    dir_.write("en_page_ocr.json", pages.dump());
    predict("page_tiny.json", {words(400, 100), words(400, 0), words(10)});
    predict("page_small.json", {words(400), words(400), words(20)});
  }
  void predict(const std::string& name, const std::vector<std::string>& texts) {
    json records = json::array();
    for (size_t i = 0; i < texts.size(); ++i)
      records.push_back({{"image", "en_" + std::to_string(i + 1) + ".png"}, {"pred", texts[i]}});
    dir_.write(name, records.dump());
  }
  json config(const std::vector<std::string>& predictions) const {
    json runs = json::array();
    for (const std::string& file : predictions) runs.push_back({{"predictions", file}});
    return {{"data", dir_.path().string()}, {"runs", runs}};
  }
  test::TempDir dir_;
};

TEST_F(FoxBenchmark, MeansAreThoseComputedByHand) {
  const auto output = test::run_benchmark("fox", config({"page_tiny.json"}));
  const auto& run = output.results["runs"][0];
  EXPECT_EQ(run["run"], "page_tiny");
  EXPECT_EQ(run["mode"], "tiny");
  EXPECT_EQ(run["target"], "clean");
  EXPECT_EQ(run["num_pages"], 3);
  EXPECT_EQ(run["vision_tokens"], 64);
  // Page 1: 300 of 400 words right; page 2: all; page 3: the first half of 20, none wrong.
  EXPECT_DOUBLE_EQ(run["mean"]["precision"], (0.75 + 1 + 1) / 3);
  EXPECT_DOUBLE_EQ(run["mean"]["recall"], (0.75 + 1 + 0.5) / 3);
  EXPECT_DOUBLE_EQ(run["mean_swapped"]["precision"], (0.75 + 1 + 0.5) / 3);
  EXPECT_DOUBLE_EQ(run["mean"]["edit_dist"], (100.0 / 1999 + 0 + 50.0 / 99) / 3);
  EXPECT_EQ(run["short_pages"], 1);
  EXPECT_EQ(run["long_pages"], 0);
  EXPECT_EQ(run["undefined"], 0);
  EXPECT_TRUE(run["bits_per_vision_token"].is_null());
  // Only the two long pages are in a bucket; the interval of two pages spans their scores.
  ASSERT_EQ(run["buckets"].size(), 1u);
  const auto& bucket = run["buckets"][0];
  EXPECT_EQ(bucket["pages"], 2);
  EXPECT_DOUBLE_EQ(bucket["precision"], 0.875);
  EXPECT_DOUBLE_EQ(bucket["compression"], bucket["mean_tokens"].get<double>() / 64);
  EXPECT_GE(bucket["intervals"]["precision"][0], 0.75);
  EXPECT_LE(bucket["intervals"]["precision"][1], 1.0);
}

TEST_F(FoxBenchmark, PerPageLinesNameTheirPage) {
  const auto output = test::run_benchmark("fox", config({"page_tiny.json", "page_small.json"}));
  std::istringstream lines(output.samples_text);
  std::vector<json> samples;
  for (std::string line; std::getline(lines, line);) samples.push_back(json::parse(line));
  ASSERT_EQ(samples.size(), 6u);
  EXPECT_EQ(samples[2]["image"], "en_3.png");
  EXPECT_EQ(samples[2]["run"], "page_tiny");
  EXPECT_EQ(samples[2]["bucket"], nullptr);
  EXPECT_EQ(samples[2]["edit_ops"], 50);
  EXPECT_EQ(samples[2]["len_gt"], 99);
  EXPECT_EQ(samples[3]["run"], "page_small");
  EXPECT_EQ(samples[3]["vision_tokens"], 100);
  EXPECT_EQ(samples[3]["precision"], 1.0);
  EXPECT_EQ(samples[0]["swapped"]["edit_dist"], samples[0]["edit_dist"]);
}

TEST_F(FoxBenchmark, ModesAreComparedPageByPage) {
  const auto output = test::run_benchmark("fox", config({"page_tiny.json", "page_small.json"}));
  ASSERT_EQ(output.results["pairs"].size(), 1u);
  const auto& pair = output.results["pairs"][0];
  EXPECT_EQ(pair["from"], "page_tiny");
  EXPECT_EQ(pair["to"], "page_small");
  EXPECT_NEAR(pair["precision"]["value"].get<double>(), 0.25 / 3, 1e-15);
  EXPECT_EQ(output.document.tables.size(), 3u);
}

TEST_F(FoxBenchmark, TheNumberOfThreadsChangesNothing) {
  std::vector<std::string> results;
  for (const int threads : {1, 2, 5}) {
    json settings = config({"page_tiny.json", "page_small.json"});
    settings["threads"] = threads;
    const auto output = test::run_benchmark("fox", settings);
    results.push_back(output.results_text + output.samples_text);
  }
  EXPECT_EQ(results[0], results[1]);
  EXPECT_EQ(results[0], results[2]);
}

TEST_F(FoxBenchmark, AnEmptyPredictionCountsAsWorst) {
  predict("page_tiny.json", {"", words(400), words(20)});
  const auto output = test::run_benchmark("fox", config({"page_tiny.json"}));
  const auto& run = output.results["runs"][0];
  EXPECT_DOUBLE_EQ(run["mean"]["precision"], 2.0 / 3);
  EXPECT_EQ(run["undefined"], 1);
  EXPECT_NE(output.samples_text.find("\"precision\":null"), std::string::npos);
}

TEST_F(FoxBenchmark, CountingWithoutBosIsOneTokenLess) {
  json settings = config({"page_tiny.json"});
  const double with = test::run_benchmark("fox", settings).results["runs"][0]["mean_tokens"];
  settings["count_bos"] = false;
  EXPECT_EQ(test::run_benchmark("fox", settings).results["runs"][0]["mean_tokens"], with - 1);
}

TEST_F(FoxBenchmark, LimitTakesTheFirstPages) {
  json settings = config({"page_small.json"});
  settings["limit"] = 2;
  const auto output = test::run_benchmark("fox", settings);
  EXPECT_EQ(output.results["runs"][0]["num_pages"], 2);
}

TEST_F(FoxBenchmark, WorksWithAnEngineThatReadsNothing) {
  json settings{
      {"data", dir_.path().string()}, {"engine", "hash"}, {"runs", {{{"name", "noise_base"}}}}};
  const auto output = test::run_benchmark("fox", settings);
  const auto& run = output.results["runs"][0];
  EXPECT_EQ(run["vision_tokens"], 256);
  EXPECT_LT(run["mean"]["precision"], 0.1);
}

TEST_F(FoxBenchmark, FiguresFitTheirPoints) {
  const auto perfect = test::run_benchmark("fox", config({"page_small.json"}));
  ASSERT_EQ(perfect.document.figures.size(), 2u);
  for (const reports::Figure& figure : perfect.document.figures) {
    EXPECT_LT(*figure.y.min, *figure.y.max);
    EXPECT_LT(*figure.x.min, *figure.x.max);
  }
  // Without a mode there is no ratio and so no curve.
  json unknown = config({"page_small.json"});
  unknown["runs"][0]["name"] = "noname";
  EXPECT_TRUE(test::run_benchmark("fox", unknown).document.figures.empty());
}

TEST_F(FoxBenchmark, RunsOfOneModeKeepTheirNames) {
  json settings = config({"page_tiny.json", "page_tiny.json"});
  settings["runs"][0]["name"] = "before_tiny";
  settings["runs"][1]["name"] = "after_tiny";
  settings["runs"][0]["group"] = settings["runs"][1]["group"] = "checkpoints";
  const auto output = test::run_benchmark("fox", settings);
  const auto& series = output.document.figures.at(0).panels.at(0).series;
  ASSERT_EQ(series.size(), 2u);
  EXPECT_EQ(series[0].label, "before_tiny");
  EXPECT_NE(series[0].group, series[1].group);
}

TEST_F(FoxBenchmark, PageSizesGiveValidTokensAndFontHeight) {
  json records = json::array();
  for (int i = 1; i <= 3; ++i)
    records.push_back({{"image", "en_" + std::to_string(i) + ".png"},
                       {"pred", "x"},
                       {"width", 857},
                       {"height", 1109},
                       {"font_px", 16}});
  dir_.write("sized_base.json", records.dump());
  const auto output = test::run_benchmark("fox", config({"sized_base.json"}));
  const auto& run = output.results["runs"][0];
  EXPECT_EQ(run["valid_vision_tokens"], 198);  // spec: Fox, section 2
  EXPECT_NEAR(run["font_px_after_resize"].get<double>(), 16 * 1024.0 / 1109, 1e-9);
}

TEST_F(FoxBenchmark, WrongTargetsAreRefusedBeforeAnythingIsWritten) {
  json settings = config({"page_tiny.json"});
  settings["runs"][0]["targets"] = "nowhere.json";
  EXPECT_EQ(test::thrown_message([&] { test::run_benchmark("fox", settings); }),
            "nowhere.json: cannot open: No such file or directory");
}

TEST(ResolveRuns, TakesNameModeAndGroupFromTheFile) {
  const auto runs = resolve_runs({{.predictions = "a/page_tiny.json"},
                                  {.predictions = "page_unresized.json"},
                                  {.name = "x-gundam"},
                                  {.predictions = "small.json"}});
  EXPECT_EQ(runs[0].name, "page_tiny");
  EXPECT_EQ(runs[0].mode, configs::VisionMode::kTiny);
  EXPECT_EQ(runs[0].group, "page");
  EXPECT_FALSE(runs[1].mode.has_value());
  EXPECT_EQ(runs[1].group, "page_unresized");
  EXPECT_EQ(runs[2].mode, configs::VisionMode::kGundam);
  EXPECT_EQ(runs[3].mode, configs::VisionMode::kSmall);
  const auto named = resolve_runs(
      {{.predictions = "page_tiny.json", .mode = configs::VisionMode::kBase, .group = "g"}});
  EXPECT_EQ(named[0].mode, configs::VisionMode::kBase);
  EXPECT_EQ(named[0].group, "g");
}

TEST(ResolveRuns, TakesTheLongestMode) {
  const auto runs =
      resolve_runs({{.name = "page_gundam_m"}, {.name = "page_gundam"}, {.name = "x_tinygundam"}});
  EXPECT_EQ(runs[0].mode, configs::VisionMode::kGundamM);
  EXPECT_EQ(runs[0].group, "page");
  EXPECT_EQ(runs[1].mode, configs::VisionMode::kGundam);
  EXPECT_FALSE(runs[2].mode.has_value());
}

TEST(ResolveRuns, RefusesTwoRunsOfOneName) {
  EXPECT_EQ(test::thrown_message([] {
              resolve_runs({{.predictions = "a/p.json"}, {.predictions = "b/p.json"}});
            }),
            "config: runs[1].name: 'p' names two runs; give one another: --set runs[1].name=...");
  EXPECT_THROW(resolve_runs({RunConfig{}}), configs::ConfigError);
}

}  // namespace
}  // namespace dsocr::eval
