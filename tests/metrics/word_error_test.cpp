#include "eval/metrics/word_error.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace dsocr::metrics {
namespace {

struct Case {
  const char* what;
  std::u32string truth, reading;
  std::size_t character_edits, characters, word_edits, words;
};

TEST(WordError, OfTable) {
  const std::vector<Case> cases{
      {"both empty", U"", U"", 0, 0, 0, 0},
      {"nothing read", U"ab cd", U"", 5, 5, 2, 2},
      {"read where nothing is", U"", U"ab cd", 5, 0, 2, 0},
      {"equal", U"ab cd", U"ab cd", 0, 5, 0, 2},
      {"one letter", U"ab cd ef", U"ab xd ef", 1, 8, 1, 3},
      {"a word more", U"ab cd", U"ab xx cd", 3, 5, 1, 2},
      {"a word split", U"abcd", U"ab cd", 1, 4, 2, 1},
      {"words change places", U"ab cd", U"cd ab", 4, 5, 2, 2},
      {"punctuation belongs to the word", U"ab, cd", U"ab cd", 1, 6, 1, 2},
      {"Hebrew, in the order of reading", U"\u05E9\u05DC\u05D5\u05DD \u05E2\u05D5\u05DC\u05DD",
       U"\u05E9\u05DC\u05D5\u05DD \u05E2\u05DC\u05DD", 1, 9, 1, 2},
      {"Hebrew, read backwards", U"\u05D0\u05D1", U"\u05D1\u05D0", 2, 2, 1, 1},
      {"a mark is a character", U"e\u0301a", U"ea", 1, 3, 1, 1},
      {"other spaces part words too", U"a\u00A0b\u3000c", U"a b c", 2, 5, 0, 3},
  };
  for (const Case& of : cases) {
    const ErrorCounts characters = character_errors(of.truth, of.reading);
    EXPECT_EQ(characters.edits, of.character_edits) << of.what;
    EXPECT_EQ(characters.length, of.characters) << of.what;
    const ErrorCounts words = word_errors(of.truth, of.reading);
    EXPECT_EQ(words.edits, of.word_edits) << of.what;
    EXPECT_EQ(words.length, of.words) << of.what;
  }
}

TEST(WordError, RatesOfTruthsWithoutACharacter) {
  EXPECT_EQ((ErrorCounts{0, 0}.rate()), 0);
  EXPECT_EQ((ErrorCounts{3, 0}.rate()), 3);
  EXPECT_EQ((ErrorCounts{3, 2}.rate()), 1.5);
}

TEST(WordError, AllPagesTogether) {
  const std::vector<ErrorCounts> pages{{1, 10}, {0, 100}, {5, 5}, {2, 0}};
  EXPECT_EQ(sum(pages).edits, 8u);
  EXPECT_EQ(sum(pages).length, 115u);
  EXPECT_DOUBLE_EQ(sum(pages).rate(), 8.0 / 115);
  EXPECT_DOUBLE_EQ(median_rate(pages), (0.1 + 1) / 2);
  EXPECT_DOUBLE_EQ(median_rate(std::vector<ErrorCounts>{{1, 10}, {0, 1}, {3, 1}}), 0.1);
  EXPECT_EQ(sum({}).rate(), 0);
  EXPECT_EQ(median_rate({}), 0);
}

}  // namespace
}  // namespace dsocr::metrics
