#include "eval/omnidocbench/markdown/markdown_table.h"

#include <gtest/gtest.h>

#include "eval/normalize/unicode.h"

namespace dsocr::omnidocbench {
namespace {

using metrics::encode_utf8;

constexpr std::u32string_view kTable = U"before\n| a | b |\n|---|---|\n| 1:2 | x\\|y |\nafter";

TEST(MarkdownTable, NeedsTwoRows) {
  EXPECT_TRUE(has_markdown_table(kTable));
  EXPECT_FALSE(has_markdown_table(U"| a | b |"));
  EXPECT_FALSE(has_markdown_table(U"no bar"));
}

TEST(MarkdownTable, OfficialConversionLosesCellsWithColons) {
  const std::string html = encode_utf8(convert_markdown_tables(kTable));
  EXPECT_NE(html.find("<table border=\"1\" >"), std::string::npos) << html;
  EXPECT_NE(html.find("<td colspan=\"1\" rowspan=\"1\">a</td>"), std::string::npos) << html;
  EXPECT_EQ(html.find("1:2"), std::string::npos) << html;
  EXPECT_EQ(html.find("---"), std::string::npos) << html;
}

TEST(MarkdownTable, WholeConversionKeepsThem) {
  EXPECT_EQ(encode_utf8(whole_markdown_tables(kTable)),
            "before\n\n\n<table><tr><td>a</td><td>b</td></tr><tr><td>1:2</td><td>x|y</td></tr>"
            "</table>\n\nafter\n");
}

}  // namespace
}  // namespace dsocr::omnidocbench
