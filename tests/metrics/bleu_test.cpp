#include "eval/metrics/bleu.h"

#include <gtest/gtest.h>

#include <cmath>

namespace dsocr::metrics {
namespace {

constexpr double kSmallest = 2.2250738585072014e-308;

double bleu_of(std::u32string_view reference, std::u32string_view hypothesis) {
  return sentence_bleu(intern(split_whitespace(reference), split_whitespace(hypothesis)));
}

void expect_close(double value, double expected) {
  EXPECT_NEAR(value / expected, 1.0, 1e-12) << value << " against " << expected;
}

TEST(SentenceBleu, EqualTextsOfFourWordsScoreOne) {
  EXPECT_EQ(bleu_of(U"a b c d", U"a b c d"), 1.0);
  EXPECT_EQ(bleu_of(U"مرحبا שלום 😀 e\u0301", U"مرحبا שלום 😀 e\u0301"), 1.0);
}

TEST(SentenceBleu, EmptyOrDisjointTextsScoreZero) {
  EXPECT_EQ(bleu_of(U"", U""), 0.0);
  EXPECT_EQ(bleu_of(U"a b c d", U""), 0.0);
  EXPECT_EQ(bleu_of(U"", U"a b c d"), 0.0);
  EXPECT_EQ(bleu_of(U"a b c d", U"e f g h"), 0.0);
}

TEST(SentenceBleu, CountsEveryOrder) {
  // 5 of 6 words, 4 of 5 pairs, 3 of 4 triples, 2 of 3 fours; same length.
  expect_close(bleu_of(U"a b c d e f", U"a b c d e x"),
               std::pow(5.0 / 6 * 4 / 5 * 3 / 4 * 2 / 3, 0.25));
}

TEST(SentenceBleu, ClipsRepeatedNgrams) {
  // "a" twice in the reference: 2 of 4 words; "a a" once: 1 of 3; no triple, no four.
  expect_close(bleu_of(U"a a b c", U"a a a a"),
               std::exp(0.25 * (std::log(2.0 / 4) + std::log(1.0 / 3) + 2 * std::log(kSmallest))));
}

TEST(SentenceBleu, PenalisesShortHypothesesOnly) {
  expect_close(bleu_of(U"a b c d e f g h", U"a b c d"), std::exp(1 - 8.0 / 4));
  // Longer than the reference: no penalty, 4/5, 3/4, 2/3, 1/2.
  expect_close(bleu_of(U"a b c d", U"a b c d x"), std::pow(4.0 / 5 * 3 / 4 * 2 / 3 * 1 / 2, 0.25));
}

TEST(SentenceBleu, MissingOrdersCountAsTheSmallestDouble) {
  // A hypothesis of one word has no pairs at all.
  expect_close(bleu_of(U"a", U"a"), std::exp(0.75 * std::log(kSmallest)));
  // Words in reverse order: no pair matches.
  expect_close(bleu_of(U"a b c d", U"d c b a"), std::exp(0.75 * std::log(kSmallest)));
  expect_close(bleu_of(U"a b c d", U"a b c x"),
               std::exp(0.25 * (std::log(3.0 / 4) + std::log(2.0 / 3) + std::log(1.0 / 2) +
                                std::log(kSmallest))));
}

TEST(SentenceBleu, SameNgramTailIsNotTheSameNgram) {
  // "b c" follows "a" in one and "x" in the other: the triples differ although both pairs match.
  const double score = bleu_of(U"a b c y b", U"x b c z a");
  expect_close(score,
               std::exp(0.25 * (std::log(3.0 / 5) + std::log(1.0 / 4) + 2 * std::log(kSmallest))));
}

}  // namespace
}  // namespace dsocr::metrics
