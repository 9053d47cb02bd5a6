#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "data/error.h"
#include "data/label/logit.h"
#include "data/label/trust.h"
#include "data/label/truth.h"
#include "data/label/vote.h"
#include "data/random.h"
#include "tests/data/label_lines.h"
#include "tests/support/thrown.h"

namespace dsocr::data {
namespace {

Reading reading(const std::u32string& text, float confidence = 0.9F) {
  return {.text = text, .confidence = std::vector<float>(text.size(), confidence)};
}

std::u32string voted(const std::vector<Reading>& readings, const VoteOptions& options = {}) {
  return vote(readings, options).text;
}

VoteNetwork network_of(const std::vector<std::u32string>& texts) {
  std::vector<PlacedText> placed;
  for (const std::u32string& text : texts) placed.push_back({text, {}});
  return align_texts(placed);
}

TEST(VoteNetwork, LeastDifferences) {
  const VoteNetwork network = network_of({U"kitten", U"sitting"});
  ASSERT_EQ(network.slots.size(), 7U);
  const std::vector<bool> agreed{false, true, true, true, false, true, false};
  for (std::size_t i = 0; i < agreed.size(); ++i)
    EXPECT_EQ(network.slots[i].agreed(), agreed[i]) << i;
  EXPECT_EQ(network.slots[6].key[0], kNothing);
  EXPECT_EQ(network.slots[6].cluster[0], 6U);
  EXPECT_NEAR(agreement_of(network, 0, 1), 1 - 3.0 / 7, 1e-12);
}

TEST(VoteNetwork, BlanksNeverStandAgainstCharacters) {
  const VoteNetwork network = network_of({U"a b", U"axb"});
  EXPECT_EQ(network.slots.size(), 4U);
  for (const VoteSlot& slot : network.slots)
    EXPECT_FALSE(slot.has(kBlankKey) && !slot.has(kNothing));
}

TEST(VoteNetwork, MarksStayWithTheirCharacters) {
  // The same letter composed and not; a vowel sign that one engine missed is one difference.
  EXPECT_TRUE(network_of({U"\u00E9", U"e\u0301"}).slots[0].agreed());
  const VoteNetwork network = network_of({U"\u05E9\u05C1\u05B8\u05DC", U"\u05E9\u05C1\u05DC"});
  ASSERT_EQ(network.slots.size(), 2U);
  EXPECT_FALSE(network.slots[0].agreed());
  EXPECT_TRUE(network.slots[1].agreed());
}

TEST(VoteNetwork, CharactersThatLieFarApartAreNotTheSame) {
  const std::u32string a = U"...", b = U".";
  const std::vector<float> places{1, 2, 30}, far{30.5F};
  const std::vector<PlacedText> texts{{a, places}, {b, far}};
  const VoteNetwork network = align_texts(texts);
  ASSERT_EQ(network.slots.size(), 3U);
  EXPECT_TRUE(network.slots[2].agreed());
  const std::vector<float> nowhere{100};
  EXPECT_EQ(align_texts(std::vector<PlacedText>{{a, places}, {b, nowhere}}).slots.size(), 4U);
}

TEST(VoteNetwork, WhatASlotDemands) {
  const VoteNetwork network = network_of({U"a\u0436 \u4E2D", U"a7"});
  std::vector<ScriptClass> scripts;
  for (const VoteSlot& slot : network.slots) scripts.push_back(slot.script);
  EXPECT_EQ(scripts, (std::vector{ScriptClass::kLatin, ScriptClass::kOther, ScriptClass::kBlank,
                                  ScriptClass::kHan}));
  // Digits and punctuation belong to the letters around them.
  EXPECT_EQ(network_of({U"\u4E2D,"}).slots[1].script, ScriptClass::kHan);
  EXPECT_EQ(network_of({U"1,"}).slots[1].script, ScriptClass::kCommon);
}

TEST(VoteNetwork, RefusesTextsWithoutEnd) {
  const std::u32string huge(20000, U'a');
  EXPECT_EQ(test::thrown_message([&] {
              network_of({huge, huge});
            }),
            "a line of a label is too long to compare with others");
}

TEST(Vote, OneReadingIsItsOwnText) {
  const Voted own = vote(std::vector{reading(U"\uFF21 b\u2019s, x", 0.4F)}, {});
  EXPECT_EQ(own.text, U"\uFF21 b\u2019s, x");
  EXPECT_EQ(own.agreement, 1);
  EXPECT_FLOAT_EQ(static_cast<float>(own.confidence), 0.4F);
  EXPECT_EQ(voted({}), U"");
  EXPECT_EQ(voted({reading(U"")}), U"");
}

TEST(Vote, TheSameTextTwiceIsAgreedOn) {
  const Voted same = vote(std::vector{reading(U"same text"), reading(U"same text", 0.1F)}, {});
  EXPECT_EQ(same.text, U"same text");
  EXPECT_EQ(same.agreement, 1);
  EXPECT_NEAR(same.confidence, 0.5, 1e-6);
}

TEST(Vote, TheSurerOfTwoWins) {
  EXPECT_EQ(voted({reading(U"modem", 0.9F), reading(U"modern", 0.8F)}), U"modem");
  EXPECT_EQ(voted({reading(U"modem", 0.8F), reading(U"modern", 0.9F)}), U"modern");
  // Each word by its own confidence.
  Reading a = reading(U"good bad", 0.9F), b = reading(U"gond bed", 0.6F);
  std::fill(a.confidence.begin() + 5, a.confidence.end(), 0.3F);
  EXPECT_EQ(voted({a, b}), U"good bed");
}

TEST(Vote, NothingWinsAgainstAnUnsureCharacter) {
  EXPECT_EQ(voted({reading(U"end", 0.9F), reading(U"end~", 0.3F)}), U"end");
  EXPECT_EQ(voted({reading(U"end", 0.9F), reading(U"end.", 0.8F)}), U"end.");
}

TEST(Vote, TwoOfThreeOutvoteOneThatIsNotMuchSurer) {
  EXPECT_EQ(voted({reading(U"cat", 0.8F), reading(U"cat", 0.8F), reading(U"cut", 0.9F)}), U"cat");
  // Log odds: twice 1.4 against 4.6.
  EXPECT_EQ(voted({reading(U"cat", 0.8F), reading(U"cat", 0.8F), reading(U"cut", 0.99F)}), U"cut");
  // Where all differ somewhere, the best of each place.
  EXPECT_EQ(voted({reading(U"axcd"), reading(U"abxd"), reading(U"abcx")}), U"abcd");
}

TEST(Vote, AnEngineWithoutTheLettersIsNotHeard) {
  Reading blind = reading(U"BecTHNK", 0.95F),
          able = reading(U"\u0412\u0435\u0441\u0442\u043D", 0.6F);
  EXPECT_EQ(voted({blind, able}), U"BecTHNK");
  blind.trust[static_cast<std::size_t>(ScriptClass::kOther)] = kUnable;
  EXPECT_EQ(voted({blind, able}), able.text);
  // Nor does it count that it has nothing there.
  Reading punctuation = reading(U".", 0.99F);
  punctuation.trust = blind.trust;
  EXPECT_EQ(voted({punctuation, reading(U"\u0414\u0430.", 0.3F)}), U"\u0414\u0430.");
  // Where no such letter may stand it is heard.
  blind.text = U"DOS";
  blind.confidence.assign(3, 0.95F);
  EXPECT_EQ(voted({blind, reading(U"D0S", 0.6F)}), U"DOS");
}

TEST(Vote, PlausibilityDecidesBetweenEquals) {
  CharacterModel model;
  for (int i = 0; i < 20; ++i)
    model.train(
        "the modern world of the modern corner\nmy lynx sat by a quiz of vexing jackdaws\n");
  const std::vector<Reading> readings{reading(U"the modem world"), reading(U"the modern world")};
  EXPECT_EQ(voted(readings, {.model = &model}), U"the modern world");
  // A word that it does not know is not left out for that.
  Reading whole = reading(U"the xylem world"), part = reading(U"the world");
  for (std::size_t i = 0; i < whole.text.size(); ++i)
    whole.places.push_back(static_cast<float>(i) / 2);
  for (std::size_t i = 0; i < part.text.size(); ++i)
    part.places.push_back(static_cast<float>(i < 4 ? i : i + 6) / 2);
  EXPECT_EQ(voted({whole, part}, {.model = &model}), U"the xylem world");
}

TEST(Vote, ABlankIsLeftOutWithItsWord) {
  EXPECT_EQ(voted({reading(U"one ~~~ two", 0.2F), reading(U"one two", 0.9F)}), U"one two");
  EXPECT_EQ(voted({reading(U"~ one", 0.2F), reading(U"one", 0.9F)}), U"one");
  EXPECT_EQ(voted({reading(U"one ~", 0.2F), reading(U"one", 0.9F)}), U"one");
  Reading sure_blanks = reading(U"~~ one ~~", 0.2F);
  sure_blanks.confidence[2] = sure_blanks.confidence[6] = 0.9F;
  EXPECT_EQ(voted({sure_blanks, reading(U"one", 0.9F)}), U"one");
}

TEST(Vote, FormsFollowTheScript) {
  EXPECT_EQ(voted({reading(U"\u4E2D\u6587\uFF0C\u4E2D"), reading(U"\u4E2D\u6587,\u4E2D", 0.99F)}),
            U"\u4E2D\u6587\uFF0C\u4E2D");
  EXPECT_EQ(voted({reading(U"yes\uFF0C no", 0.99F), reading(U"yes, no", 0.5F)}), U"yes, no");
  EXPECT_EQ(voted({reading(U"it\u2019s", 0.9F), reading(U"it's", 0.8F)}), U"it\u2019s");
}

TEST(Vote, RightToLeftTextStaysInLogicalOrder) {
  const std::u32string truth = U"\u0627\u0644\u0643\u062A\u0627\u0628 12";
  EXPECT_EQ(
      voted({reading(truth, 0.9F), reading(U"\u0627\u0644\u0643\u0628\u0627\u0628 12", 0.6F)}),
      truth);
}

TEST(Vote, SegmentsEndAtBlanks) {
  const std::vector<Reading> readings{reading(U"ab cd"), reading(U"xycz")};
  std::vector<PlacedText> texts;
  for (const Reading& one : readings) texts.push_back({one.text, {}});
  const VoteNetwork network = align_texts(texts);
  const auto segments = segments_of(network, readings);
  ASSERT_EQ(segments.size(), 3U);
  EXPECT_EQ(segments[0].choices[0].text, U"ab");
  EXPECT_EQ(segments[0].choices[1].text, U"xy");
  EXPECT_EQ(segments[1].choices[0].text, U" ");
  EXPECT_EQ(segments[1].choices[1].text, U"");
  EXPECT_EQ(segments[2].choices[1].text, U"z");
  // Two characters of 0.9: log odds 2.197 each.
  const ScriptTrust& support = segments[0].choices[0].support[0][1];
  EXPECT_EQ(support.bias, 2);
  EXPECT_NEAR(support.slope, 2 * std::log(9.0), 1e-6);
  EXPECT_NEAR(trust_in(segments[0].choices[0], readings), 2 * std::log(9.0), 1e-6);
  EXPECT_EQ(segments[1].choices[1].support[1][static_cast<std::size_t>(ScriptClass::kBlank)],
            (ScriptTrust{.bias = 0, .slope = 0, .absent = 1}));
}

TEST(Vote, LogOddsOfAnyConfidence) {
  EXPECT_NEAR(log_odds(0.5), 0, 1e-12);
  EXPECT_NEAR(log_odds(1), std::log(999.0), 1e-9);
  EXPECT_NEAR(log_odds(-1), -std::log(999.0), 1e-9);
}

// An engine that gets each letter wrong with a probability of `error`, is surer of those that it
// has right, and leaves some out.
Reading simulate(const std::u32string& truth, double error, Random& random) {
  Reading out;
  for (const char32_t c : truth) {
    const bool wrong = random.uniform() < error;
    if (wrong && random.below(4) == 0) continue;
    out.text += wrong ? U'a' + static_cast<char32_t>(random.below(26)) : c;
    out.confidence.push_back(static_cast<float>((wrong ? 0.3 : 0.6) + 0.39 * random.uniform()));
  }
  return out;
}

TEST(Vote, IsBetterThanEachOfIndependentEngines) {
  Random random(7);
  for (const std::vector<double>& errors :
       {std::vector{0.1, 0.1}, std::vector{0.05, 0.15}, std::vector{0.1, 0.1, 0.1}}) {
    std::vector<double> wrong(errors.size() + 1);
    for (int line = 0; line < 100; ++line) {
      std::u32string truth;
      for (int i = 0; i < 60; ++i)
        truth += i % 7 == 6 ? U' ' : U'a' + static_cast<char32_t>(random.below(26));
      std::vector<Reading> readings;
      for (const double error : errors) readings.push_back(simulate(truth, error, random));
      const std::u32string text = voted(readings);
      std::reverse(readings.begin(), readings.end());
      EXPECT_EQ(voted(readings), text);  // the order of engines does not matter
      for (std::size_t e = 0; e < errors.size(); ++e)
        wrong[e] += error_in(readings[errors.size() - 1 - e].text, truth);
      wrong.back() += error_in(text, truth);
    }
    const double best = *std::min_element(wrong.begin(), wrong.end() - 1);
    EXPECT_LT(wrong.back(), 0.75 * best) << errors.size() << " engines, " << errors[0];
  }
}

TEST(Logit, LogisticRegressionOfShares) {
  // 3 of 4 are right with the feature and 1 of 4 without it: odds of 3 and 1/3.
  const std::vector<LogitExample> examples{{{{1, 1}, {0, 0}}, {300, 100}},
                                           {{{1, 0}, {0, 0}}, {100, 300}}};
  const std::vector<double> prior(2);
  const auto weights = fit_logit(examples, prior, 1e-9);
  EXPECT_NEAR(weights[0], -std::log(3.0), 1e-5);
  EXPECT_NEAR(weights[1], 2 * std::log(3.0), 1e-5);
  // A penalty draws to what was there before; without examples that is all.
  EXPECT_LT(fit_logit(examples, prior, 1000)[1], weights[1] / 2);
  EXPECT_EQ(fit_logit({}, std::vector<double>{3, 4}, 1), (std::vector<double>{3, 4}));
}

TEST(Logit, ChoicesThatAreAlwaysRightStayFinite) {
  const std::vector<LogitExample> examples{{{{1, 0}, {0, 1}, {0, 0}}, {50, 0, 0}}};
  const auto weights = fit_logit(examples, std::vector<double>(2), 0.1);
  EXPECT_GT(weights[0], 0.5);
  EXPECT_LT(weights[0], 20);
  EXPECT_LT(weights[1], 0);
}

TEST(Truth, NearestSpan) {
  const SpanMatch match = match_span(U"kitten", U"xx sitting xx");
  EXPECT_EQ(match.distance, 2U);
  EXPECT_EQ(match.begin, 3U);
  EXPECT_EQ(match.end, 9U);
  EXPECT_NEAR(error_in(U"kitten", U"xx sitting xx"), 2.0 / 6, 1e-12);
  EXPECT_EQ(error_in(U"sitting", U"xx sitting xx"), 0);
  // More of the truth than of the text: one of eight.
  EXPECT_NEAR(error_in(U"abcdfgh", U"..abcdefgh.."), 1.0 / 8, 1e-12);
  EXPECT_EQ(error_in(U"abc", U""), 1);
  EXPECT_EQ(error_in(U"abc", U"xyz"), 1);
  EXPECT_EQ(error_in(U"", U"abc"), 0);
}

TEST(Truth, SpanIsTheBestOfAll) {
  // Against a search through all spans.
  Random random(3);
  for (int round = 0; round < 30; ++round) {
    std::u32string text, truth;
    for (int i = 0; i < 8; ++i) text += U'a' + static_cast<char32_t>(random.below(3));
    for (int i = 0; i < 20; ++i) truth += U'a' + static_cast<char32_t>(random.below(3));
    std::size_t least = text.size();
    for (std::size_t begin = 0; begin < truth.size(); ++begin)
      for (std::size_t end = begin; end <= truth.size(); ++end) {
        // A text that must be used whole: its span in nothing but that.
        const std::u32string span = truth.substr(begin, end - begin);
        const VoteNetwork network = network_of({text, span});
        const auto differ = std::count_if(network.slots.begin(), network.slots.end(),
                                          [](const VoteSlot& slot) { return !slot.agreed(); });
        least = std::min(least, static_cast<std::size_t>(differ));
      }
    EXPECT_EQ(match_span(text, truth).distance, least);
  }
}

TEST(Trust, IsLearntFromPages) {
  // Engine "sure" says 0.99 whatever it reads and has one letter of five wrong; "modest" says 0.7
  // and has one of fifty wrong.
  Random random(5);
  std::vector<std::vector<EngineLabels>> labels;
  std::vector<std::string> truths;
  for (int page = 0; page < 12; ++page) {
    std::vector<LabelLine> sure, modest;
    std::string truth;
    for (int row = 0; row < 12; ++row) {
      std::string line, a, b;
      for (int i = 0; i < 50; ++i) {
        line += i % 6 == 5 ? ' ' : static_cast<char>('a' + random.below(26));
        const auto mistake = [&](double rate) {
          return line.back() != ' ' && random.uniform() < rate ? '?' : line.back();
        };
        a += mistake(0.2);
        b += mistake(0.02);
      }
      truth += line + "\n";
      const auto top = static_cast<float>(30 * row);
      sure.push_back(test::line_at(a, 0, top, 10, 0.99F));
      modest.push_back(test::line_at(b, 0, top, 10, 0.7F));
    }
    labels.push_back(
        {test::engine_of_lines("sure:x", sure), test::engine_of_lines("modest", modest)});
    truths.push_back(truth);
  }
  std::vector<TruthPage> pages;
  for (std::size_t i = 0; i < labels.size(); ++i)
    pages.push_back({.engines = labels[i], .text = truths[i]});
  const FittedTrust fitted = fit_trust(pages);
  EXPECT_GT(fitted.num_differences, 1000U);
  ASSERT_EQ(fitted.engines.size(), 2U);
  EXPECT_EQ(fitted.engines[0].engine, "modest");
  EXPECT_EQ(fitted.engines[1].engine, "sure");
  const auto wrong = [&](std::span<const NamedTrust> trust) {
    double sum = 0;
    for (std::size_t page = 0; page < labels.size(); ++page)
      for (const VotedLine& line : vote_lines(labels[page], trust, {}))
        sum += error_in(line.text, to_code_points(truths[page]));
    return sum / 144;
  };
  EXPECT_GT(wrong({}), 0.1);
  EXPECT_LT(wrong(fitted.engines), 0.03);
  EXPECT_EQ(fit_trust(pages), fitted);
  // An engine that does not know the letters is not to be judged by them.
  const std::string greek = "\u03B1\u03B2\u03B3\u03B4\u03B5\u03B6\u03B7\u03B8\u03B9\u03BA";
  std::vector<LabelLine> able, blind;
  for (int row = 0; row < 3; ++row) {
    able.push_back(test::line_at(greek, 0, 30 * static_cast<float>(row)));
    blind.push_back(test::line_at("abgdezhtik", 0, 30 * static_cast<float>(row)));
  }
  const std::vector<EngineLabels> both{test::engine_of_lines("able", able),
                                       test::engine_of_lines("blind", blind)};
  const std::vector<TruthPage> page{{.engines = both, .text = greek}};
  EXPECT_EQ(fit_trust(page).num_differences, 0U);
  // Without pages, what is taken without any.
  EXPECT_EQ(fit_trust({}).model_weight, VoteOptions{}.model_weight);
}

}  // namespace
}  // namespace dsocr::data
