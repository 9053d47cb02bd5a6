// Set overlap, edit distance and BLEU against the values of the upstream metric functions
// (spec: Fox, section 3).
#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "configs/build_info.h"
#include "eval/metrics/bleu.h"
#include "eval/metrics/edit_distance.h"
#include "eval/metrics/jieba.h"
#include "eval/metrics/set_overlap.h"
#include "eval/metrics/tokens.h"
#include "tests/support/fox_runs.h"
#include "tests/support/read_json.h"

namespace dsocr::metrics {
namespace {

using nlohmann::json;

struct Page {
  std::u32string target, prediction;
  Segmenter segmenter;
  Tokens target_tokens, prediction_tokens;  // views into the texts

  Page(const std::string& target_bytes, const std::string& prediction_bytes)
      : target(decode_utf8(target_bytes)),
        prediction(decode_utf8(prediction_bytes)),
        segmenter(choose_segmenter(target, prediction)),
        target_tokens(tokens_of(target)),
        prediction_tokens(tokens_of(prediction)) {}
  Page(const Page&) = delete;
  Page& operator=(const Page&) = delete;

 private:
  Tokens tokens_of(const std::u32string& text) const {
    static const JiebaCutter jieba(configs::deps_dir() / "share/jieba");
    return segmenter == Segmenter::kJieba ? jieba.cut(text) : split_whitespace(text);
  }
};

void expect_value(std::optional<double> value, const json& golden, const std::string& what) {
  ASSERT_EQ(value.has_value(), !golden.is_null()) << what;
  if (value) {
    EXPECT_NEAR(*value, golden.get<double>(), 1e-12) << what;
  }
}

void expect_scores(const InternedPair& pair, double edit_distance_value, const json& golden,
                   const std::string& what) {
  const SetOverlap overlap = set_overlap(pair);
  expect_value(overlap.precision, golden.at("precision"), what + " precision");
  expect_value(overlap.recall, golden.at("recall"), what + " recall");
  expect_value(overlap.f_measure, golden.at("f_measure"), what + " f_measure");
  expect_value(edit_distance_value, golden.at("edit_dist"), what + " edit_dist");
  const double bleu = sentence_bleu(pair), expected = golden.at("bleu").get<double>();
  EXPECT_LE(std::abs(bleu - expected), 1e-12 * expected) << what << " bleu " << bleu;
}

std::vector<std::string> encoded(const Tokens& tokens) {
  std::vector<std::string> result;
  for (const auto token : tokens) result.push_back(encode_utf8(token));
  return result;
}

TEST(FoxPairs, AllValuesEqualTheReference) {
  const json golden = test::read_json(test::golden_dir() / "fox/pairs.json");
  ASSERT_EQ(golden.at("pairs").size(), 40u);
  for (const auto& record : golden.at("pairs")) {
    const std::string id = test::text_of(record, "id");
    const Page page(test::text_of(record, "gt"), test::text_of(record, "pred"));
    EXPECT_EQ(page.segmenter == Segmenter::kJieba ? "jieba" : "split", record.at("tokenizer"))
        << id;
    EXPECT_EQ(encoded(page.target_tokens), record.at("ref_tokens").get<std::vector<std::string>>());
    EXPECT_EQ(encoded(page.prediction_tokens),
              record.at("hyp_tokens").get<std::vector<std::string>>());
    EXPECT_EQ(page.target.size(), record.at("len_gt").get<size_t>()) << id;
    EXPECT_EQ(page.prediction.size(), record.at("len_pred").get<size_t>()) << id;
    EXPECT_EQ(edit_distance(page.target, page.prediction), record.at("edit_ops").get<size_t>())
        << id;

    const InternedPair pair = intern(page.target_tokens, page.prediction_tokens);
    const double distance = normalised_edit_distance(page.target, page.prediction);
    expect_scores(pair, distance, record.at("metrics"), id);
    expect_scores(pair.swapped(), distance, record.at("metrics_swapped"), id + " swapped");
  }
}

TEST(FoxReplay, AllRunsEqualTheReference) {
  DSOCR_REQUIRE_SHARED("golden/fox/replay");
  const auto runs = test::load_fox_runs();
  EXPECT_EQ(runs.size(), 15u);
  for (const auto& run : runs) {
    EXPECT_EQ(run.images.size(), 112u) << run.name;
    for (size_t i = 0; i < run.images.size(); ++i) {
      const Page page(run.targets[i], run.predictions[i]);
      const InternedPair pair = intern(page.target_tokens, page.prediction_tokens);
      const double distance = normalised_edit_distance(page.target, page.prediction);
      const std::string what = run.name + " " + run.images[i];
      expect_scores(pair, distance, run.golden_pages[i], what);
      expect_scores(pair.swapped(), distance, run.golden_pages[i].at("swapped"), what + " swapped");
    }
  }
}

}  // namespace
}  // namespace dsocr::metrics
