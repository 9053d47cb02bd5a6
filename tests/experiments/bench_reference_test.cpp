#include <gtest/gtest.h>

#include "tests/experiments/bench_runs.h"

namespace dsocr {
namespace {

// transformers' class with the same weights: in float32 it must write the same tokens.
TEST(ModelBenchReference, DecodesTheSameTokens) {
  const test::BenchRuns runs;
  const auto outcome =
      runs.bench("decode", {"--batch", "2", "--new-tokens", "6", "--repeats", "1"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const nlohmann::json report = runs.report();
  ASSERT_EQ(report["notes"].size(), 3u);
  EXPECT_EQ(report["notes"][2], "decode: the first 7 of 7 tokens are the reference's");
  const nlohmann::json& rows = report["tables"][0]["rows"];
  ASSERT_EQ(rows.size(), 8u);
  for (size_t i = 0; i < rows.size(); i += 2) {
    EXPECT_EQ(rows[i]["stage"], rows[i + 1]["stage"]);
    EXPECT_EQ(rows[i + 1]["library"].get<std::string>().substr(0, 13), "transformers ");
    EXPECT_GT(rows[i]["ratio"], 0);
    EXPECT_FALSE(rows[i + 1].contains("ratio"));
  }
  EXPECT_TRUE(runs.manifest()["versions"].contains("transformers"));
}

// The same network in plain PyTorch from the same weights: unequal losses end the bench.
TEST(TrainBenchReference, LearnsTheSame) {
  using Options = std::vector<std::string>;
  for (const Options& more : {Options{"--accumulation", "2"}, Options{"--checkpointing"},
                              Options{"--dtype", "bfloat16"}}) {
    const test::BenchRuns runs;
    Options options{"--batch", "3", "--text-tokens", "16", "--steps", "1"};
    options.insert(options.end(), more.begin(), more.end());
    const auto outcome = runs.bench("train", options);
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    const nlohmann::json report = runs.report();
    ASSERT_EQ(report["notes"].size(), 1u);
    EXPECT_EQ(report["notes"][0].get<std::string>().substr(0, 47),
              "The losses of the first 3 steps differ by at mo")
        << report["notes"][0];
    const nlohmann::json& rows = report["tables"][0]["rows"];
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[1]["library"].get<std::string>().substr(0, 8), "PyTorch ");
    EXPECT_GT(rows[1]["peak_memory_bytes"], 10'000'000);
    EXPECT_NEAR(rows[0]["ratio"].get<double>() * rows[0]["median_ms"].get<double>(),
                rows[1]["median_ms"].get<double>(), 1e-6);
    EXPECT_TRUE(runs.manifest()["versions"].contains("Python torch"));
  }
}

TEST(TrainBenchReference, TellsWhyItCannotRun) {
  const test::BenchRuns runs({"decoder.sliding_window=64"});
  const auto outcome = runs.bench("train", {});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.err.find("the network has layers with a sliding window"), std::string::npos)
      << outcome.err;
}

// PyTorch with h5py and Pillow reads the store that we wrote; unequal views end the bench.
TEST(LoaderBenchReference, ReadsTheSameViews) {
  for (const char* format : {"png", "jpeg"}) {
    const auto outcome = test::run({"bench", "loader", "--format", format, "--pages", "6",
                                    "--threads", "2", "--repeats", "1"});
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_NE(outcome.out.find("the views are bit-equal"), std::string::npos) << outcome.out;
  }
}

}  // namespace
}  // namespace dsocr
