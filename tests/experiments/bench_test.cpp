#include <gtest/gtest.h>

#include <filesystem>

#include "tests/experiments/bench_runs.h"

namespace dsocr {
namespace {

using nlohmann::json;
using test::run;

// Times differ from run to run; what must hold is how the fields hang together.
void expect_timing(const json& row, double work) {
  EXPECT_GT(row.at("p10_ms"), 0);
  EXPECT_LE(row.at("p10_ms"), row.at("median_ms"));
  EXPECT_LE(row.at("median_ms"), row.at("p90_ms"));
  const double milliseconds = row.at("median_ms");
  EXPECT_NEAR(row.at("rate").get<double>() * milliseconds, 1e3 * work, 1e-6 * work);
}

// A small vocabulary, whose image token has to be in its upper half.
class ModelBench : public testing::Test {
 protected:
  test::BenchRuns runs_{{"decoder.vocab_size=2048", "image_token_id=2000"}};
};

TEST_F(ModelBench, EncodeTimesViews) {
  const auto outcome = runs_.bench("encode", {"--batch", "2", "--repeats", "3", "--no-reference"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const json report = runs_.report();
  EXPECT_EQ(report["title"], "Network, tiny view, batch of 2, float32, cpu, 1 thread");
  const json& rows = report["tables"][0]["rows"];
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0]["stage"], "encode");
  EXPECT_EQ(rows[0]["library"], "dsocr");
  EXPECT_EQ(rows[0]["unit"], "views");
  EXPECT_FALSE(rows[0].contains("ratio"));
  expect_timing(rows[0], 2);
  EXPECT_NEAR(rows[0]["each_ms"].get<double>() * 2, rows[0]["median_ms"], 1e-9);
  EXPECT_NEAR(rows[0]["pages_per_hour"].get<double>(), 3600 * rows[0]["rate"].get<double>(), 1e-6);
  EXPECT_GT(rows[0]["peak_memory_bytes"], 10'000'000);
  EXPECT_EQ(runs_.manifest()["threads"], 1);
  EXPECT_EQ(runs_.manifest()["inputs"].size(), 2u);
  for (const char* text : {"views", "pages/hour", "peak MB", "times faster"})
    EXPECT_NE(outcome.out.find(text), std::string::npos) << outcome.out;
}

TEST_F(ModelBench, DecodeAddsUpToAPage) {
  const auto outcome =
      runs_.bench("decode", {"--batch", "2", "--new-tokens", "3", "--repeats", "2", "--page-tokens",
                             "50", "--dtype", "bfloat16", "--no-reference"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const json rows = runs_.report()["tables"][0]["rows"];
  ASSERT_EQ(rows.size(), 4u);
  expect_timing(rows[0], 2);
  expect_timing(rows[1], 2 * 82);  // bos, 8 x 9 + 1 of the view, 8 of text
  expect_timing(rows[2], 2);       // one step of both rows
  EXPECT_EQ(rows[3]["stage"], "page of 50 tokens");
  const auto ms = [&](size_t row) { return rows[row]["median_ms"].get<double>(); };
  EXPECT_NEAR(ms(3), ms(0) + ms(1) + 50 * ms(2), 1e-6);
  EXPECT_NEAR(rows[3]["pages_per_hour"].get<double>() * ms(3), 2 * 3.6e6, 1);
}

TEST_F(ModelBench, DecodeReadsWholePages) {
  const std::vector<std::string> options{"--batch",   "2", "--new-tokens",   "1",
                                         "--repeats", "2", "--no-reference", "--whole-pages"};
  const auto bench = [&](const std::string& tokens) {
    std::vector<std::string> all = options;
    all.insert(all.end(), {"--page-tokens", tokens});
    return runs_.bench("decode", all);
  };
  const auto refused = bench("100000");
  EXPECT_EQ(refused.status, 2);
  EXPECT_NE(refused.err.find("page-tokens: prompt and new tokens are 100082"), std::string::npos)
      << refused.err;
  const auto outcome = bench("12");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const json rows = runs_.report()["tables"][0]["rows"];
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[3]["stage"], "page of 12 tokens");
  const double ms = rows[3]["median_ms"];
  EXPECT_GT(ms, 0);
  EXPECT_NEAR(rows[3]["rate"].get<double>() * ms, 2e3, 1e-3);
}

TEST_F(ModelBench, TrainTimesSteps) {
  const auto outcome =
      runs_.bench("train", {"--batch", "2", "--text-tokens", "16", "--accumulation", "2", "--steps",
                            "1", "--no-reference"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const json report = runs_.report();
  EXPECT_EQ(report["title"], "Training, tiny view, 2 batches of 2, float32, cpu, 1 thread");
  EXPECT_EQ(report["facts"].back()[1], "364 without padding, of which 52 are learnt");
  const json& rows = report["tables"][0]["rows"];
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0]["library"], "dsocr");
  EXPECT_FALSE(rows[0].contains("ratio"));
  // bos, 8 x 9 + 1 of the view, 4 of the question; answers of 16, 14, 12, 10.
  expect_timing(rows[0], 4 * 78 + 52);
  EXPECT_NEAR(rows[0]["pages_per_second"].get<double>() * rows[0]["median_ms"].get<double>(), 4e3,
              1e-6);
  EXPECT_GT(rows[0]["peak_memory_bytes"], 10'000'000);
  EXPECT_EQ(runs_.manifest()["inputs"].size(), 2u);
}

TEST_F(ModelBench, RefusesWhatItCannotTime) {
  EXPECT_EQ(run({"bench", "encode"}).status, 2);
  for (const char* mode : {"gundam", "tony"}) {
    const auto outcome = run({"bench", "encode", "--model", runs_.checkpoint(), "--mode", mode});
    EXPECT_EQ(outcome.status, 2);
    EXPECT_EQ(outcome.err, std::string("dsocr: config: mode: must have pages of one view "
                                       "each, as tiny or p256 do, not '") +
                               mode + "'\n");
  }
  EXPECT_EQ(runs_.bench("encode", {"--dtype", "float16"}).err,
            "dsocr: config: dtype: must be float32 or bfloat16, not 'float16'\n");
  EXPECT_EQ(runs_.bench("decode", {"--new-tokens", "8111"}).err,
            "dsocr: config: new-tokens: prompt and new tokens are 8193, and the decoder has 8192 "
            "positions\n");
  EXPECT_EQ(runs_.bench("train", {"--text-tokens", "8115"}).err,
            "dsocr: config: text-tokens: a page has 8193 tokens, and the decoder has 8192 "
            "positions\n");
  EXPECT_EQ(runs_.bench("train", {"--dtype", "float16"}).status, 2);
  EXPECT_EQ(runs_.bench("train", {"--mode", "gundam"}).status, 2);
  EXPECT_EQ(runs_.bench("encode", {"--repeats", "0"}).status, 2);
  EXPECT_EQ(run({"bench", "encode", "--model", "/nowhere", "--out", runs_.out()}).status, 1);
  EXPECT_FALSE(std::filesystem::exists(runs_.out()));
}

// Equal bytes are a condition of the bench itself.
TEST(PreprocessBench, GivesTheViewsOfPillow) {
  const test::TempDir dir;
  for (const char* mode : {"tiny", "gundam"}) {
    const auto out = dir.path() / mode;
    const auto outcome =
        run({"bench", "preprocess", "--mode", mode, "--repeats", "2", "--out", out.string()});
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    const json rows = test::read_json(out / "report.json")["tables"][0]["rows"];
    ASSERT_EQ(rows.size(), 2u);
    expect_timing(rows[0], 1);
    expect_timing(rows[1], 1);
    EXPECT_EQ(rows[1]["library"], "Pillow 11.3.0");
    EXPECT_NEAR(rows[0]["ratio"].get<double>() * rows[0]["median_ms"].get<double>(),
                rows[1]["median_ms"].get<double>(), 1e-6);
  }
  EXPECT_NE(run({"bench", "preprocess"}).out.find("857 x 1109 pixels"), std::string::npos);
}

TEST(PreprocessBench, RefusesWhatItCannotTime) {
  EXPECT_EQ(run({"bench", "preprocess", "--mode", "tony"}).err,
            "dsocr: config: mode: must be tiny, small, base, large, gundam, gundam_m, p128, "
            "p192, p256 or p320, not 'tony'\n");
  EXPECT_EQ(run({"bench", "preprocess", "--image", "/nowhere.png"}).status, 1);
}

TEST(LoaderBench, TimesItsStagesWithOneAndAllThreads) {
  const test::TempDir dir;
  const auto out = dir.path() / "loader";
  const auto outcome = run({"bench", "loader", "--no-reference", "--pages", "6", "--threads", "2",
                            "--repeats", "1", "--out", out.string()});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const json report = test::read_json(out / "report.json");
  const json& rows = report["tables"][0]["rows"];
  ASSERT_EQ(rows.size(), 6u);
  for (const json& row : rows) expect_timing(row, 6);
  EXPECT_EQ(rows[0]["stage"], "read, 1 thread");
  EXPECT_EQ(rows[5]["stage"], "Base views");
}

TEST(LoaderBench, NamesAStoreThatIsNotThere) {
  const auto outcome = run({"bench", "loader", "--store", "/nowhere.h5"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.err.find("/nowhere.h5"), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace dsocr
