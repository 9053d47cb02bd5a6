#include "eval/metrics/repetition.h"

#include <gtest/gtest.h>

#include <string>

#include "eval/normalize/unicode.h"
#include "tests/support/read_json.h"

namespace dsocr::metrics {
namespace {

std::u32string times(std::u32string_view text, size_t count) {
  std::u32string result;
  for (size_t i = 0; i < count; ++i) result += text;
  return result;
}

std::u32string number(size_t value) { return decode_utf8(std::to_string(value)); }

/// Words that never come back: plain counting in letters.
std::u32string prose(size_t num_words) {
  std::u32string text;
  for (size_t i = 0; i < num_words; ++i) {
    for (size_t rest = i * 2654435761U % 1000003; rest > 0; rest /= 26)
      text.push_back(static_cast<char32_t>(U'a' + rest % 26));
    text.push_back(U' ');
  }
  return text;
}

TEST(Repetition, FindsNothingInOrdinaryText) {
  for (const size_t num_words : {0U, 3U, 800U}) {
    const auto found = find_repetition(prose(num_words));
    EXPECT_FALSE(found.looping);
    EXPECT_EQ(found.covered, 0U);
    EXPECT_DOUBLE_EQ(found.distinct_ratio, 1.0);
  }
}

TEST(Repetition, FindsALoopWithACutOffEnd) {
  const auto found =
      find_repetition(prose(300) + times(U"the interest accrual, ", 60) + U"the int");
  EXPECT_TRUE(found.looping);
  EXPECT_EQ(found.period, 22U);
  EXPECT_EQ(found.covered, 1U + 22U * 60U + 7U);  // with the space before
  EXPECT_EQ(found.repeats, 60U);
  EXPECT_LT(found.distinct_ratio, 0.02);
}

TEST(Repetition, FindsALoopThatWasLeftAgain) {
  const auto found =
      find_repetition(prose(200) + times(U"the men who won ", 80) + U"\n\n" + prose(20));
  EXPECT_TRUE(found.looping);
  EXPECT_EQ(found.period, 16U);
}

TEST(Repetition, FindsALoopThatVaries) {
  std::u32string text = prose(100);
  const std::u32string units[] = {U"per day", U"per hour", U"per year"};
  for (size_t i = 0; i < 80; ++i) text += U"the number of days " + units[i * i % 7 % 3] + U", ";
  EXPECT_TRUE(find_repetition(text).looping);
}

TEST(Repetition, IgnoresHowALoopIsWrapped) {
  std::u32string text;
  for (size_t i = 0; i < 200; ++i) text += i % 3 == 0 ? U"a closed\nloop  " : U"a closed loop ";
  const auto found = find_repetition(text);
  EXPECT_TRUE(found.looping);
  EXPECT_EQ(found.period, 14U);
}

TEST(Repetition, FindsNumberedLoopsButNotCounters) {
  std::u32string notes, counter;
  for (size_t i = 1; i <= 200; ++i) {
    notes += number(i) + U". See also the report (section 31).\n\n";
    counter += number(i * 7) + U". ";
  }
  EXPECT_TRUE(find_repetition(notes).looping);
  EXPECT_FALSE(find_repetition(counter).looping);
}

TEST(Repetition, FindsOneCharacterForever) {
  const auto found = find_repetition(U"x " + times(U".", 5000));
  EXPECT_TRUE(found.looping);
  EXPECT_EQ(found.period, 1U);
  EXPECT_EQ(found.covered, 5000U);
}

TEST(Repetition, FindsEmptyTableCellsForever) {
  EXPECT_TRUE(find_repetition(U"<table><tr>" + times(U"<td></td>", 2000)).looping);
}

TEST(Repetition, AllowsTablesLeadersAndShortLines) {
  std::u32string contents;
  for (size_t i = 0; i < 60; ++i)
    contents += prose(i + 4).substr(i * 3, 12) + times(U".", 80) + number(i) + U"\n";
  const std::u32string legitimate[] = {
      times(U"0 0 0 0 0 0 0 0\n", 60),
      times(U"<tr><td>0</td><td>0</td><td>0.00</td></tr>", 60),
      times(U"| 0 | 0 | 0 | 0 | 0 |\n", 60),
      contents,
      times(times(U"_", 90) + U"\n", 30),
      times(U"Not applicable\n", 40),
      prose(300) + times(U"\u4E2D\u6587\u9875\n", 50),
  };
  for (const auto& text : legitimate) EXPECT_FALSE(find_repetition(text).looping);
}

TEST(Repetition, StaysFastOnLongText) {
  const auto found = find_repetition(times(U"ab", 50000));
  EXPECT_TRUE(found.looping);
  EXPECT_EQ(found.period, 2U);
  EXPECT_EQ(found.covered, 100000U);
}

size_t count_loops(const std::string& run) {
  size_t loops = 0;
  for (const auto& page : test::read_json(test::shared_dir() / "data/fox/predictions" / run))
    loops += find_repetition(decode_utf8(page.at("pred").get<std::string>())).looping;
  return loops;
}

TEST(Repetition, CountsTheLoopsOfRealRuns) {
  DSOCR_REQUIRE_SHARED("data/fox/predictions/page_small.json");
  EXPECT_EQ(count_loops("page_small.json"), 0U);
  EXPECT_EQ(count_loops("page_tiny.json"), 7U);
  EXPECT_EQ(count_loops("page_unresized.json"), 49U);
  for (const auto& page : test::read_json(test::shared_dir() / "data/fox/en_page_ocr.json")) {
    const std::string text = page.at("conversations").at(1).at("value");
    EXPECT_FALSE(find_repetition(decode_utf8(text)).looping) << page.at("image");
  }
}

}  // namespace
}  // namespace dsocr::metrics
