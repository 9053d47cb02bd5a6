#include "eval/scorer.h"

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"

namespace dsocr::eval {
namespace {

TEST(Scorer, OrientationExchangesTheSixNumbers) {
  ScoringConfig config;
  config.meteor = MeteorChoice::kNoWordnet;
  const TextScores plain = Scorer(config).score(U"a b c d", U"a b x");
  EXPECT_DOUBLE_EQ(*plain.scores[Metric::kPrecision], 2.0 / 3);
  EXPECT_DOUBLE_EQ(*plain.scores[Metric::kRecall], 0.5);
  EXPECT_DOUBLE_EQ(*plain.swapped[Metric::kPrecision], 0.5);
  EXPECT_EQ(plain.edit_ops, 3u);
  EXPECT_DOUBLE_EQ(*plain.scores[Metric::kEditDist], 3.0 / 7);
  config.official_args = true;
  const TextScores official = Scorer(config).score(U"a b c d", U"a b x");
  EXPECT_EQ(official.scores.values, plain.swapped.values);
  EXPECT_EQ(official.swapped.values, plain.scores.values);
  EXPECT_EQ(*Scorer(config).score_overlap(U"a b c d", U"a b x")[Metric::kPrecision], 0.5);
}

TEST(Scorer, EmptyTexts) {
  ScoringConfig config;
  config.meteor = MeteorChoice::kNoWordnet;
  const Scorer scorer(config);
  const TextScores empty = scorer.score(U"page", U"");
  EXPECT_FALSE(empty.scores[Metric::kPrecision].has_value());
  EXPECT_EQ(empty.scores[Metric::kRecall], 0);
  EXPECT_EQ(empty.scores[Metric::kEditDist], 1);
  EXPECT_EQ(scorer.score(U"", U"").scores[Metric::kEditDist], 0);
}

TEST(Scorer, OneHanCharacterMovesThePairToJieba) {
  ScoringConfig config;
  config.meteor = MeteorChoice::kOff;
  const Scorer scorer(config);
  EXPECT_EQ(scorer.score(U"plain text", U"plain text").segmenter, metrics::Segmenter::kWhitespace);
  EXPECT_EQ(scorer.score(U"plain text", U"plain text 的").segmenter, metrics::Segmenter::kJieba);
}

TEST(Scorer, MeteorIsLabelledByItsDictionary) {
  const test::TempDir empty;
  ScoringConfig config;
  config.wordnet = empty.path().string();
  EXPECT_EQ(Scorer(config).meteor_label(), "meteor_nowordnet");
  config.meteor = MeteorChoice::kOff;
  EXPECT_EQ(Scorer(config).meteor_label(), "");
  EXPECT_FALSE(Scorer(config).score(U"a", U"a").scores[Metric::kMeteor].has_value());
  config.meteor = MeteorChoice::kWordnet;
  EXPECT_NE(test::thrown_message([&] { Scorer{config}; }).find(empty.path().string()),
            std::string::npos);
}

TEST(Scorer, JsonNamesAndNulls) {
  PageScores scores;
  scores[Metric::kBleu] = 0.5;
  scores[Metric::kEditDist] = 0.25;
  EXPECT_EQ(to_json(scores, "").dump(),
            R"({"bleu":0.5,"f_measure":null,"precision":null,"recall":null,"edit_dist":0.25})");
  scores[Metric::kMeteor] = 1;
  EXPECT_EQ(to_json(scores, "meteor_nowordnet")["meteor_nowordnet"], 1);
}

}  // namespace
}  // namespace dsocr::eval
