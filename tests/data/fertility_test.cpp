#include "data/text/fertility.h"

#include <gtest/gtest.h>

#include "data/error.h"
#include "tests/support/read_json.h"
#include "tests/support/thrown.h"

namespace dsocr::data {
namespace {

using Counts = std::vector<std::uint64_t>;

// 512 ids: bytes, special tokens and words of made-up Latin letters.
const Tokenizer& tokenizer() {
  static const Tokenizer loaded =
      Tokenizer::load(test::golden_dir() / "tokenizer/trained_tokenizer.json");
  return loaded;
}

Fertility measure(const std::vector<std::string>& texts, std::size_t listed = 5) {
  FertilityMeter meter(tokenizer());
  for (const std::string& text : texts) meter.add(text);
  return meter.result(listed);
}

TEST(Fertility, OfNothingIsNothing) {
  const Fertility none = measure({""});
  EXPECT_EQ(none.texts, 1u);
  EXPECT_EQ(none.tokens, 0u);
  EXPECT_EQ(none.tokens_per_character(), 0);
  EXPECT_EQ(none.tokens_per_word(), 0);
  EXPECT_EQ(none.whole_word_share(), 0);
  EXPECT_TRUE(none.longest.empty());
  EXPECT_TRUE(none.missing.empty());
}

// " ka" is a token of the vocabulary, "qz" is not: with its blank two or three.
TEST(Fertility, CountsWordsAndTheirTokens) {
  ASSERT_EQ(tokenizer().encode(" ka").size(), 1u);
  ASSERT_EQ(tokenizer().encode("ka").size(), 1u);
  ASSERT_EQ(tokenizer().encode(" qz").size(), 3u);
  const Fertility found = measure({"ka ka qz. ka"});
  EXPECT_EQ(found.words, 4u);
  EXPECT_EQ(found.characters, 12u);
  EXPECT_EQ(found.graphemes, 12u);
  EXPECT_EQ(found.tokens, 7u);  // ka, ka, blank, q, z, full stop, ka
  EXPECT_EQ(found.words_by_tokens, (Counts{3, 1}));
  EXPECT_DOUBLE_EQ(found.whole_word_share(), 0.75);
  EXPECT_DOUBLE_EQ(found.tokens_per_word(), 7.0 / 4);
  EXPECT_DOUBLE_EQ(found.tokens_per_character(), 7.0 / 12);
  ASSERT_EQ(found.longest.size(), 2u);
  EXPECT_EQ(found.longest[0].word, "qz");
  EXPECT_EQ(found.longest[0].tokens, 2u);
  EXPECT_EQ(found.longest[1].word, "ka");
  EXPECT_EQ(found.longest[1].count, 3u);
  EXPECT_EQ(found.broken_characters, 0u);
  EXPECT_EQ(found.partial_tokens, 0u);
}

// Two letters without tokens, two bytes and two tokens each.
TEST(Fertility, CountsCharactersThatAreSpeltInBytes) {
  const Fertility found = measure({"\u05E9\u05E0\u05E9 ka"});
  EXPECT_EQ(found.characters, 6u);
  EXPECT_EQ(found.broken_characters, 3u);
  EXPECT_EQ(found.partial_tokens, 6u);
  EXPECT_EQ(found.tokens, 7u);
  EXPECT_DOUBLE_EQ(found.broken_share(), 0.5);
  EXPECT_DOUBLE_EQ(found.partial_token_share(), 6.0 / 7);
  EXPECT_EQ(found.words_by_tokens, (Counts{1, 0, 0, 0, 0, 1}));
  ASSERT_EQ(found.num_missing, 2u);
  EXPECT_EQ(found.missing[0].character, "\u05E9");
  EXPECT_EQ(found.missing[0].count, 2u);
  EXPECT_EQ(found.missing[1].character, "\u05E0");
  EXPECT_EQ(measure({"\u05E9\u05E0\u05E9"}, 1).missing.size(), 1u);
  EXPECT_EQ(measure({"\u05E9\u05E0\u05E9"}, 1).num_missing, 2u);
}

// A letter and its mark are one grapheme and two characters.
TEST(Fertility, MarksBelongToTheirLetters) {
  const Fertility found = measure({"e\u0301 \u05E9\u05B8"});
  EXPECT_EQ(found.characters, 5u);
  EXPECT_EQ(found.graphemes, 3u);
  EXPECT_EQ(found.words, 2u);
}

TEST(Fertility, SpecialTokensAreTokens) {
  const Fertility found = measure({"<image>ka"});
  EXPECT_EQ(found.tokens, 2u);
  EXPECT_EQ(found.characters, 9u);
}

TEST(Fertility, TextsAddUp) {
  const Fertility one = measure({"ka \u05E9"}), two = measure({"ka \u05E9", "ka \u05E9"});
  EXPECT_EQ(two.texts, 2u);
  EXPECT_EQ(two.tokens, 2 * one.tokens);
  EXPECT_EQ(two.bytes, 2 * one.bytes);
  EXPECT_EQ(two.words, 2 * one.words);
  EXPECT_DOUBLE_EQ(two.tokens_per_character(), one.tokens_per_character());
}

TEST(Fertility, RefusesWhatIsNotUtf8) {
  EXPECT_EQ(test::thrown_message([] { measure({"a\xFF"}); }), "text is not valid UTF-8 at byte 1");
}

}  // namespace
}  // namespace dsocr::data
