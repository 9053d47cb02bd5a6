#include "reports/tables.h"

#include <gtest/gtest.h>

namespace dsocr::reports {
namespace {

Table sample() {
  return {
      "t",
      "Title",
      {{"name", "name"}, {"count", "n"}, {"score", "score", 1, 100}},
      {{{"name", "a|b"}, {"count", 12}, {"score", {{"value", 0.5}, {"low", 0.25}, {"high", 0.75}}}},
       {{"name", "says \"x, y\""}, {"score", 0.98765}}}};
}

TEST(Tables, FormatsCells) {
  const Column percent{"p", "p", 1, 100};
  EXPECT_EQ(format_cell(0.9587, percent), "95.9");
  EXPECT_EQ(format_cell(nullptr, percent), "");
  EXPECT_EQ(format_cell("text", percent), "text");
  EXPECT_EQ(format_cell(true, percent), "yes");
  EXPECT_EQ(format_cell({{"value", 0.5}, {"low", 0.4}, {"high", 0.625}}, percent),
            "50.0 [40.0, 62.5]");
  EXPECT_EQ(format_cell({{"value", 0.5}}, percent), "50.0");
  EXPECT_EQ(format_cell({{"value", nullptr}}, percent), "");
  EXPECT_EQ(format_cell(1e300, percent).size(), 305U);  // all digits: 1e302 with one decimal
}

TEST(Tables, Markdown) {
  EXPECT_EQ(to_markdown(sample()),
            "| name | n | score |\n| --- | ---: | ---: |\n"
            "| a\\|b | 12 | 50.0 [25.0, 75.0] |\n| says \"x, y\" |  | 98.8 |\n");
}

TEST(Tables, CsvKeepsFullPrecisionAndQuotes) {
  EXPECT_EQ(to_csv(sample()),
            "name,count,score,score_low,score_high\r\n"
            "a|b,12,0.5,0.25,0.75\r\n"
            "\"says \"\"x, y\"\"\",,0.98765,,\r\n");
}

TEST(Tables, TextAlignsByCodePoints) {
  const Table table{"t",
                    "",
                    {{"a", "a"}, {"b", "value"}},
                    {{{"a", "\xC3\xA9t\xC3\xA9"}, {"b", 1}}, {{"a", "x"}, {"b", 100}}}};
  EXPECT_EQ(to_text(table), "a    value\n----------\n\xC3\xA9t\xC3\xA9      1\nx      100\n");
}

TEST(Tables, EmptyTableHasItsHead) {
  const Table table{"t", "", {{"a", "a"}}, {}};
  EXPECT_EQ(to_markdown(table), "| a |\n| ---: |\n");
  EXPECT_EQ(to_csv(table), "a\r\n");
}

}  // namespace
}  // namespace dsocr::reports
