#include "data/label/plausibility.h"

#include <gtest/gtest.h>
#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include <cmath>

#include "data/error.h"
#include "data/text/characters.h"
#include "tests/support/thrown.h"

namespace dsocr::data {
namespace {

constexpr double kAll = 32768;  // characters that are as likely to a model without training

TEST(CharacterModel, InterpolatesAsWittenAndBell) {
  CharacterModel model(2);
  model.train("ab\nab\nac\n");
  // a three times, b twice, c once and the end of a line three times.
  EXPECT_EQ(model.num_characters(), 9U);
  const auto alone = [](double count) { return (count + 4 / kAll) / (9 + 4); };
  // Two different characters followed a, all together three times.
  EXPECT_NEAR(model.bits(U"a", U'b'), -std::log2((2 + 2 * alone(2)) / (3 + 2)), 1e-12);
  EXPECT_NEAR(model.bits(U"a", U'a'), -std::log2((0 + 2 * alone(3)) / (3 + 2)), 1e-12);
  EXPECT_NEAR(model.bits(U"xa", U'c'), model.bits(U"a", U'c'), 1e-12);
  // What followed the beginning of a line: a, three times.
  EXPECT_NEAR(model.bits(U"", U'a'), -std::log2((3 + alone(3)) / (3 + 1)), 1e-12);
  // Nothing ever followed z.
  EXPECT_NEAR(model.bits(U"z", U'b'), -std::log2(alone(2)), 1e-12);
  EXPECT_NEAR(model.bits(U"", U"ab"), model.bits(U"", U'a') + model.bits(U"a", U'b'), 1e-12);
}

TEST(CharacterModel, AllCharactersTogetherAreCertain) {
  CharacterModel model(3);
  model.train("banana band\nBAN 17\n");
  double sum = 0;
  for (char32_t c = 0; c < kAll; ++c) {
    // Ten digits are one character to the model.
    const bool other_digit = c > U'9' && u_isdigit(static_cast<UChar32>(c)) != 0;
    if (!other_digit) sum += std::exp2(-model.bits(U"ban", c));
  }
  EXPECT_NEAR(sum, 1, 0.01);
}

TEST(CharacterModel, WithoutTrainingAllIsAsLikely) {
  const CharacterModel model;
  EXPECT_NEAR(model.bits(U"abc", U'd'), 15, 1e-12);
  EXPECT_NEAR(model.bits(U"abc", U'4'), 15 + std::log2(10.0), 1e-12);
  EXPECT_EQ(model.bits_per_character(U""), 0);
}

TEST(CharacterModel, DigitsAreAlikeAndFormsCountOnce) {
  CharacterModel model;
  model.train("page 12\npage 34\n");
  EXPECT_EQ(model.bits(U"page ", U'1'), model.bits(U"page ", U'9'));
  CharacterModel wide;
  wide.train("\uFF50age  12\r\npage 34");  // full-width p, two blanks
  EXPECT_EQ(wide.bits(U"", U"page 12"), model.bits(U"", U"page 12"));
}

TEST(CharacterModel, ToldTextIsMoreLikelyThanGarbage) {
  CharacterModel model;
  for (int i = 0; i < 3; ++i)
    model.train("the quick brown fox jumps over the lazy dog\nthen the other fox came\n");
  EXPECT_LT(model.bits_per_character(U"the other dog"), 3);
  EXPECT_GT(model.bits_per_character(U"tlne 0tlner d0g"), 5);
}

TEST(CharacterModel, OrderOfLinesDoesNotMatterAndItGrows) {
  CharacterModel forwards, backwards;
  std::string text;
  for (int i = 0; i < 3000; ++i) {
    const std::string line = "line " + std::to_string(i * 7919) + " of many\n";
    forwards.train(line);
    text.insert(0, line);
  }
  backwards.train(text);
  EXPECT_EQ(forwards.bits(U"li", U"ne 12 of"), backwards.bits(U"li", U"ne 12 of"));
}

TEST(CharacterModel, RefusesOrders) {
  for (const std::size_t order : {0U, 17U})
    EXPECT_EQ(test::thrown_message([&] { return CharacterModel(order).order(); }),
              "the order of a character model must lie in 1..16");
}

TEST(Scripts, MainOnesHaveATenthOfTheLetters) {
  // 18 Latin letters, 2 Cyrillic, 1 Greek, digits and marks do not count.
  const std::u32string text = U"abcdefghi abcdefghi, \u0436\u0436 \u03B1 1234567890";
  EXPECT_EQ(main_scripts(text), std::vector<int>{USCRIPT_LATIN});
  EXPECT_EQ(main_scripts(U"abcdefgh \u0436"), (std::vector<int>{USCRIPT_CYRILLIC, USCRIPT_LATIN}));
  EXPECT_EQ(main_scripts(U"12"), std::vector<int>{});
  EXPECT_NEAR(foreign_share(text, {USCRIPT_LATIN}), 3.0 / 21, 1e-12);
  EXPECT_EQ(foreign_share(U"12 + 3", {USCRIPT_LATIN}), 0);
  EXPECT_EQ(foreign_share(U"", {}), 0);
}

TEST(Characters, ClassesAndUnits) {
  EXPECT_EQ(script_class(U'a'), ScriptClass::kLatin);
  EXPECT_EQ(script_class(U'\u00DF'), ScriptClass::kLatin);
  EXPECT_EQ(script_class(U'\u4E2D'), ScriptClass::kHan);
  EXPECT_EQ(script_class(U'\u30A2'), ScriptClass::kHan);
  EXPECT_EQ(script_class(U'\u0436'), ScriptClass::kOther);
  EXPECT_EQ(script_class(U'7'), ScriptClass::kCommon);
  EXPECT_EQ(script_class(U'\u3000'), ScriptClass::kBlank);
  EXPECT_EQ(main_script_class(U"12 a\u0436\u0436"), ScriptClass::kOther);
  EXPECT_EQ(main_script_class(U"1, 2"), ScriptClass::kCommon);
  // e with a combining acute, Hebrew shin with its dot and a vowel.
  const auto clusters = clusters_of(U"e\u0301a\u05E9\u05C1\u05B8 \u0301");
  ASSERT_EQ(clusters.size(), 5U);
  EXPECT_EQ(clusters[0].end, 2U);
  EXPECT_EQ(clusters[2].end - clusters[2].begin, 3U);
  EXPECT_EQ(clusters[4].begin, 7U);  // a mark behind a blank stands alone
}

TEST(Characters, ComparableTexts) {
  EXPECT_EQ(comparable(U"  a\t\u00A0b\n"), U"a b");
  EXPECT_EQ(comparable(U"\u201Cno\u201D \u2014 it\u2019s"), U"\"no\" - it's");
  EXPECT_EQ(comparable(U"\u4E2D \u6587\uFF0C abc \u3002"), U"\u4E2D\u6587, abc .");
  EXPECT_EQ(comparable(U"\uFF21\uFF11"), U"A1");
  EXPECT_EQ(comparable(U"e\u0301"), U"\u00E9");
  EXPECT_EQ(comparable(U""), U"");
}

TEST(Characters, TextsAreJoinedAsTheirScriptsAre) {
  std::u32string text;
  append_text(text, U"one");
  append_text(text, U"two");
  append_text(text, U"");
  EXPECT_EQ(text, U"one two");
  std::u32string chinese = U"\u4E2D";
  append_text(chinese, U"\u6587\uFF0C");
  append_text(chinese, U"\u4E2D");
  append_text(chinese, U"a");
  EXPECT_EQ(chinese, U"\u4E2D\u6587\uFF0C\u4E2D a");
}

TEST(Characters, Utf8) {
  EXPECT_EQ(to_code_points("a\xF0\x9F\x99\x82\xFFz"), U"a\U0001F642\uFFFDz");
  EXPECT_EQ(to_utf8(U"\u00E9\U0001F642"), "\u00E9\U0001F642");
  EXPECT_EQ(to_code_points(""), U"");
}

}  // namespace
}  // namespace dsocr::data
