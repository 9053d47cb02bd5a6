#include "data/pipeline/token_places.h"

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace dsocr::data {
namespace {

using Found = std::vector<std::optional<std::size_t>>;

// What each id of a text points at, by the glyphs' texts.
std::vector<std::string> pointed(const std::string& text, const std::vector<std::string>& drawn) {
  static const Tokenizer tokenizer = Tokenizer::load(default_tokenizer_file());
  std::vector<PlacedGlyph> glyphs;
  for (const std::string& glyph : drawn) glyphs.push_back({glyph, 0, 0});
  const std::vector<std::int32_t> ids = tokenizer.encode(text);
  std::vector<std::string> result;
  const Found found = glyphs_of_ids(tokenizer, ids, glyphs);
  for (std::size_t i = 0; i < ids.size(); ++i)
    result.push_back(tokenizer.decode({&ids[i], 1}) + "=" +
                     (found[i] ? std::to_string(*found[i]) : ""));
  return result;
}

using Strings = std::vector<std::string>;

TEST(TokenPlaces, AnIdPointsAtItsFirstGlyph) {
  EXPECT_EQ(pointed("a cat, a", {"a", "c", "a", "t", ",", "a"}),
            (Strings{"a=0", " cat=1", ",=4", " a=5"}));
}

TEST(TokenPlaces, LigaturesAreOneGlyph) {
  EXPECT_EQ(pointed("a find", {"a", "fi", "n", "d"}), (Strings{"a=0", " find=1"}));
}

TEST(TokenPlaces, MarksOfAFormatWriteNone) {
  EXPECT_EQ(pointed("# a\n\nb", {"a", "b"}), (Strings{"#=", " a=0", "\n\n=", "b=1"}));
}

// A character in several tokens: its parts point nowhere, and what follows is found again.
TEST(TokenPlaces, PartsOfACharacterWriteNone) {
  const Strings found = pointed("\u07F7 b", {"\u07F7", "b"});
  ASSERT_GT(found.size(), 2u);
  EXPECT_EQ(found.back(), " b=1");
  EXPECT_EQ(found.front().back(), '=');
}

TEST(TokenPlaces, WithoutGlyphsNoneIsFound) {
  EXPECT_EQ(pointed("a b", {}), (Strings{"a=", " b="}));
}

// The ids of a text that are learnt, as text, with a bar before each.
std::string learnt_text(const std::string& text, std::size_t begin, std::size_t end,
                        const std::string& before = "") {
  static const Tokenizer tokenizer = Tokenizer::load(default_tokenizer_file());
  std::vector<std::int32_t> ids = tokenizer.encode(before + text);
  ids.push_back(1);  // eos
  const std::pair<std::size_t, std::size_t> masked{begin, end};
  const std::vector<bool> learnt = learnt_ids(tokenizer, ids, text.size(), {&masked, 1});
  std::string result;
  for (std::size_t i = 0; i < ids.size(); ++i)
    if (learnt[i]) result += "|" + (i + 1 < ids.size() ? tokenizer.decode({&ids[i], 1}) : "eos");
  return result;
}

TEST(LearntIds, AreThoseOutsideOfMaskedBytes) {
  EXPECT_EQ(learnt_text("one two three", 0, 0), "|one| two| three|eos");
  EXPECT_EQ(learnt_text("one two three", 4, 7), "|one| three|eos");
  EXPECT_EQ(learnt_text("one two three", 0, 13), "|eos");
  // An id that begins before the mask writes into it.
  EXPECT_EQ(learnt_text("one two three", 5, 6), "|one| three|eos");
}

TEST(LearntIds, CountFromTheTextBehindWhatAConventionWrites) {
  EXPECT_EQ(learnt_text("one two", 0, 3, " "), "| two|eos");
}

TEST(LearntIds, ThePartsOfACharacterStandWhereItDoes) {
  // Of U+10384 UGARITIC LETTER DELTA no id writes more than a part.
  const std::string text =
      "a\xf0\x90\x8e\x84"
      "b";
  EXPECT_EQ(learnt_text(text, 1, 5), "|a|b|eos");
  EXPECT_EQ(learnt_text(text, 5, 6).rfind("|b"), std::string::npos);
}

}  // namespace
}  // namespace dsocr::data
