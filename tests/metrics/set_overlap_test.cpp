#include "eval/metrics/set_overlap.h"

#include <gtest/gtest.h>

namespace dsocr::metrics {
namespace {

SetOverlap overlap_of(std::u32string_view reference, std::u32string_view hypothesis) {
  return set_overlap(intern(split_whitespace(reference), split_whitespace(hypothesis)));
}

TEST(SetOverlap, CountsDistinctTokens) {
  // R = {the, cat, sat}, H = {the, cat, ran, off}, two in common.
  const SetOverlap overlap = overlap_of(U"the cat the sat", U"the cat cat ran off");
  EXPECT_DOUBLE_EQ(overlap.precision.value(), 2.0 / 4);
  EXPECT_DOUBLE_EQ(overlap.recall.value(), 2.0 / 3);
  EXPECT_DOUBLE_EQ(overlap.f_measure.value(), 4.0 / 7);
}

TEST(SetOverlap, KeepsCaseAndPunctuation) {
  const SetOverlap overlap = overlap_of(U"End of page.", U"end of page");
  EXPECT_DOUBLE_EQ(overlap.precision.value(), 1.0 / 3);
}

TEST(SetOverlap, DoesNotSeeRepetition) {
  const SetOverlap overlap = overlap_of(U"a b", U"a b a b a b");
  EXPECT_EQ(overlap.precision, 1.0);
  EXPECT_EQ(overlap.recall, 1.0);
  EXPECT_EQ(overlap.f_measure, 1.0);
}

TEST(SetOverlap, NothingInCommonIsZero) {
  const SetOverlap overlap = overlap_of(U"a b", U"c");
  EXPECT_EQ(overlap.precision, 0.0);
  EXPECT_EQ(overlap.recall, 0.0);
  EXPECT_EQ(overlap.f_measure, 0.0);
}

TEST(SetOverlap, EmptySidesLeaveValuesUndefined) {
  const SetOverlap no_hypothesis = overlap_of(U"a", U" \n");
  EXPECT_EQ(no_hypothesis.precision, std::nullopt);
  EXPECT_EQ(no_hypothesis.recall, 0.0);
  EXPECT_EQ(no_hypothesis.f_measure, std::nullopt);

  const SetOverlap no_reference = overlap_of(U"", U"a");
  EXPECT_EQ(no_reference.precision, 0.0);
  EXPECT_EQ(no_reference.recall, std::nullopt);
  EXPECT_EQ(no_reference.f_measure, std::nullopt);

  const SetOverlap neither = overlap_of(U"", U"");
  EXPECT_EQ(neither.precision, std::nullopt);
  EXPECT_EQ(neither.recall, std::nullopt);
}

TEST(SetOverlap, TakesAllScripts) {
  // Arabic and Hebrew words, an emoji with a joiner, and a decomposed letter that does not match.
  const SetOverlap overlap =
      overlap_of(U"مرحبا שלום 👩\u200D💻 caf\u00E9", U"שלום مرحبا 👩\u200D💻 cafe\u0301");
  EXPECT_DOUBLE_EQ(overlap.precision.value(), 3.0 / 4);
  EXPECT_DOUBLE_EQ(overlap.recall.value(), 3.0 / 4);
}

}  // namespace
}  // namespace dsocr::metrics
