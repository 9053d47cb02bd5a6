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
