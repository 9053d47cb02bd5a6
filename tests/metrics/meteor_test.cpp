#include "eval/metrics/meteor.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "configs/build_info.h"
#include "eval/metrics/jieba.h"
#include "eval/metrics/tokens.h"
#include "eval/metrics/wordnet.h"
#include "eval/normalize/unicode.h"
#include "tests/support/fox_runs.h"
#include "tests/support/read_json.h"

namespace dsocr::metrics {
namespace {

constexpr const char* kWordNetFolder = "/usr/share/wordnet";
constexpr double kTolerance = 1e-12;

using Alignment = std::vector<MeteorMatch>;

// Texts cut at white space; tokens are views into the text beside them.
struct Cut {
  explicit Cut(std::u32string_view source) : text(source), tokens(split_whitespace(text)) {}
  Cut(const Cut&) = delete;
  Cut& operator=(const Cut&) = delete;
  std::u32string text;
  Tokens tokens;
};

double score(std::u32string_view reference, std::u32string_view hypothesis,
             const WordNet* wordnet = nullptr) {
  const Cut r(reference), h(hypothesis);
  return meteor(r.tokens, h.tokens, wordnet);
}

Alignment align(std::u32string_view reference, std::u32string_view hypothesis,
                const WordNet* wordnet = nullptr) {
  const Cut r(reference), h(hypothesis);
  return meteor_alignment(r.tokens, h.tokens, wordnet);
}

class MeteorWithWordNet : public testing::Test {
 protected:
  void SetUp() override {
    if (!WordNet::available(kWordNetFolder))
      GTEST_SKIP() << "needs wordnet-base in " << kWordNetFolder;
    wordnet_ = std::make_unique<WordNet>(kWordNetFolder);
  }
  std::unique_ptr<WordNet> wordnet_;
};

TEST(Meteor, IsZeroWithoutAMatch) {
  EXPECT_EQ(score(U"", U""), 0.0);
  EXPECT_EQ(score(U"one two", U""), 0.0);
  EXPECT_EQ(score(U"", U"one two"), 0.0);
  EXPECT_EQ(score(U"one two", U"three four"), 0.0);
}

TEST(Meteor, GivesAPerfectPageNearlyOne) {
  EXPECT_EQ(score(U"word", U"word"), 0.5);
  EXPECT_EQ(score(U"two words", U"two words"), 1.0 - 0.5 / 8);
  EXPECT_EQ(score(U"中 文", U"中 文"), 1.0 - 0.5 / 8);
}

TEST(Meteor, TakesTheLastFreeReferenceToken) {
  EXPECT_EQ(align(U"the cat sat on the mat", U"the mat the cat the"),
            Alignment({{1, 5}, {2, 0}, {3, 1}, {4, 4}}));
  EXPECT_EQ(score(U"the cat sat on the mat", U"the mat the cat the"), 0.534957627118644);
}

TEST(Meteor, MatchesLowerCasedStringsBeforeStems) {
  EXPECT_EQ(align(U"it was running", U"IT runs"), Alignment({{0, 0}, {1, 2}}));
  EXPECT_EQ(score(U"it was running", U"IT runs"), 0.3448275862068965);
  EXPECT_EQ(align(U"run runs", U"running RUN"), Alignment({{0, 1}, {1, 0}}));
}

TEST_F(MeteorWithWordNet, MatchesSynonymsLast) {
  EXPECT_EQ(align(U"the lawyer", U"the attorney", wordnet_.get()), Alignment({{0, 0}, {1, 1}}));
  EXPECT_EQ(score(U"the lawyer", U"the attorney", wordnet_.get()), 0.9375);
  EXPECT_EQ(score(U"the lawyer", U"the attorney"), 0.25) << "without WordNet only \"the\" matches";
  EXPECT_EQ(align(U"auto motorcar auto", U"car car car car", wordnet_.get()),
            Alignment({{1, 0}, {2, 1}, {3, 2}}));
  EXPECT_EQ(align(U"auto car auto", U"car motorcar car", wordnet_.get()),
            Alignment({{0, 0}, {1, 2}, {2, 1}}));
}

TEST_F(MeteorWithWordNet, LooksUpStemsAndComparesThemWithNamesAsTheyAreWritten) {
  // "buy" has the synonym "purchase", but what is left of that in the reference is "purchas".
  EXPECT_EQ(score(U"purchase", U"buy", wordnet_.get()), 0.0);
  // "Sunday" is a lemma of "sun" with a capital; the reference is lower-cased.
  EXPECT_EQ(score(U"Sunday", U"sun", wordnet_.get()), 0.0);
}

TEST_F(MeteorWithWordNet, AgreesWithNltkOnTheGoldenPairs) {
  const auto strings = [](const nlohmann::json& list) {
    std::vector<std::u32string> texts;
    for (const auto& text : list) texts.push_back(decode_utf8(text.get<std::string>()));
    return texts;
  };
  const auto golden = test::read_json(test::golden_dir() / "fox/pairs.json");
  ASSERT_EQ(golden.at("pairs").size(), 40U);
  for (const auto& pair : golden.at("pairs")) {
    SCOPED_TRACE(pair.at("id").get<std::string>());
    const auto reference_texts = strings(pair.at("ref_tokens"));
    const auto hypothesis_texts = strings(pair.at("hyp_tokens"));
    const Tokens reference(reference_texts.begin(), reference_texts.end());
    const Tokens hypothesis(hypothesis_texts.begin(), hypothesis_texts.end());
    Alignment expected;
    for (const auto& match : pair.at("meteor_alignment"))
      expected.push_back({match.at(0).get<size_t>(), match.at(1).get<size_t>()});
    EXPECT_EQ(meteor_alignment(reference, hypothesis, wordnet_.get()), expected);
    const auto value = [](const nlohmann::json& metric) {
      return metric.is_null() ? 0.0 : metric.get<double>();
    };
    EXPECT_NEAR(meteor(reference, hypothesis, wordnet_.get()),
                value(pair.at("metrics").at("meteor")), kTolerance);
    EXPECT_NEAR(meteor(hypothesis, reference, wordnet_.get()),
                value(pair.at("metrics_swapped").at("meteor")), kTolerance);
  }
}

TEST_F(MeteorWithWordNet, AgreesWithNltkOnEveryPageOfTheRuns) {
  DSOCR_REQUIRE_SHARED("golden/fox/replay");
  std::optional<JiebaCutter> jieba;
  size_t num_han_pages = 0;
  for (const test::FoxRun& run : test::load_fox_runs()) {
    for (size_t page = 0; page < run.images.size(); ++page) {
      SCOPED_TRACE(run.name + " " + run.images[page]);
      Cut reference(decode_utf8(run.targets[page]));
      Cut hypothesis(decode_utf8(run.predictions[page]));
      if (choose_segmenter(reference.text, hypothesis.text) == Segmenter::kJieba) {
        if (!jieba) jieba.emplace(configs::deps_dir() / "share/jieba");
        reference.tokens = jieba->cut(reference.text);
        hypothesis.tokens = jieba->cut(hypothesis.text);
        ++num_han_pages;
      }
      const auto& golden = run.golden_pages[page];
      EXPECT_NEAR(meteor(reference.tokens, hypothesis.tokens, wordnet_.get()),
                  golden.at("meteor").get<double>(), kTolerance);
      EXPECT_NEAR(meteor(hypothesis.tokens, reference.tokens, wordnet_.get()),
                  golden.at("swapped").at("meteor").get<double>(), kTolerance);
    }
  }
  EXPECT_EQ(num_han_pages, 10U);
}

}  // namespace
}  // namespace dsocr::metrics
