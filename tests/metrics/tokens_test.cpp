#include "eval/metrics/tokens.h"

#include <gtest/gtest.h>

#include <string>

namespace dsocr::metrics {
namespace {

TEST(ChooseSegmenter, LooksForHanInEitherText) {
  EXPECT_EQ(choose_segmenter(U"", U""), Segmenter::kWhitespace);
  EXPECT_EQ(choose_segmenter(U"plain text", U"شكرا שלום e\u0301 😀"), Segmenter::kWhitespace);
  EXPECT_EQ(choose_segmenter(U"plain 中", U"text"), Segmenter::kJieba);
  EXPECT_EQ(choose_segmenter(U"text", U"plain 中"), Segmenter::kJieba);
}

TEST(ChooseSegmenter, TakesOnlyTheUpstreamRange) {
  EXPECT_EQ(choose_segmenter(U"\u4DFF", U"\u9FA6"), Segmenter::kWhitespace);
  EXPECT_EQ(choose_segmenter(U"\u4E00", U""), Segmenter::kJieba);
  EXPECT_EQ(choose_segmenter(U"\u9FA5", U""), Segmenter::kJieba);
  // Kana, Hangul, full-width letters and Han outside the basic block do not count.
  EXPECT_EQ(choose_segmenter(U"かな カナ 한글 ＡＢ \u3400 \U00020000", U""),
            Segmenter::kWhitespace);
}

TEST(Intern, NumbersTokensInOrderOfAppearance) {
  const InternedPair pair = intern({U"a", U"b", U"a"}, {U"c", U"b", U"c", U"a"});
  EXPECT_EQ(pair.reference, (std::vector<uint32_t>{0, 1, 0}));
  EXPECT_EQ(pair.hypothesis, (std::vector<uint32_t>{2, 1, 2, 0}));
  EXPECT_EQ(pair.num_distinct, 3u);
}

TEST(Intern, TakesEmptySides) {
  EXPECT_EQ(intern({}, {}).num_distinct, 0u);
  const InternedPair pair = intern({}, {U"x"});
  EXPECT_TRUE(pair.reference.empty());
  EXPECT_EQ(pair.hypothesis, (std::vector<uint32_t>{0}));
}

TEST(Intern, ComparesCodePointsNotLooks) {
  // Composed and decomposed e acute, and the two orders of two combining marks, are different.
  const InternedPair pair =
      intern({U"caf\u00E9", U"q\u0307\u0323", U"שלום"}, {U"cafe\u0301", U"q\u0323\u0307", U"שלום"});
  EXPECT_EQ(pair.hypothesis, (std::vector<uint32_t>{3, 4, 2}));
}

TEST(Intern, KeepsManyTokensApart) {
  std::vector<std::u32string> words;
  for (char32_t i = 0; i < 5000; ++i)
    words.push_back({char32_t(0x4E00 + i), char32_t('a' + i % 7)});
  const Tokens tokens(words.begin(), words.end());
  const InternedPair pair = intern(tokens, tokens);
  EXPECT_EQ(pair.num_distinct, words.size());
  EXPECT_EQ(pair.reference, pair.hypothesis);
  EXPECT_EQ(pair.reference.back(), 4999u);
}

TEST(Intern, SwapsRoles) {
  const InternedPair pair = intern({U"a", U"b"}, {U"b"}).swapped();
  EXPECT_EQ(pair.reference, (std::vector<uint32_t>{1}));
  EXPECT_EQ(pair.hypothesis, (std::vector<uint32_t>{0, 1}));
  EXPECT_EQ(pair.num_distinct, 2u);
}

}  // namespace
}  // namespace dsocr::metrics
