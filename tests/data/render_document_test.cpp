#include <gtest/gtest.h>

#include <set>

#include "data/render/document.h"
#include "data/render/page_style.h"
#include "tests/data/render_texts.h"
#include "tests/support/thrown.h"

namespace dsocr::data {
namespace {

using test::config_of;
using test::contains;
using test::document_of;
using test::thrown_message;

TEST(Document, PlainTextHasParagraphsBetweenEmptyLines) {
  const auto elements = parse_plain(
      "\xef\xbb\xbf"
      "one \t two\nthree\r\n\n\n  four  \n",
      true);
  ASSERT_EQ(elements.size(), 2u);
  EXPECT_EQ(elements[0].text, "one two three");
  EXPECT_EQ(elements[1].text, "four");
  EXPECT_EQ(parse_plain("one\ntwo\n", false).size(), 2u);
  EXPECT_TRUE(parse_plain(" \n\n", true).empty());
}

TEST(Document, JoinsLinesOfChineseWithoutABlank) {
  EXPECT_EQ(parse_plain("\u4e16\u754c\n\u4eba\u6743\uff0c\n\u5ba3", true)[0].text,
            "\u4e16\u754c\u4eba\u6743\uff0c\u5ba3");
  EXPECT_EQ(parse_plain("\u4e16\nOCR\n\ud55c\n\uae00", true)[0].text, "\u4e16 OCR \ud55c \uae00");
}

TEST(Document, MarkdownRoundTrips) {
  const std::string text =
      "# One\n\nSome *marked* `words` &amp; a [link](x).\n\n## Two\n\n- a\n- b\n  1. c\n  2. d\n\n"
      "---\n\n| h | i |\n|---|---|\n| 1 | 2 |\n\n<table><tr><td>x</td></tr></table>\n";
  const std::string truth =
      "# One\n\nSome marked words & a link.\n\n## Two\n\n- a\n- b\n  1. c\n  2. d\n\n"
      "<table><tr><th>h</th><th>i</th></tr><tr><td>1</td><td>2</td></tr></table>\n\n"
      "<table><tr><td>x</td></tr></table>";
  const auto elements = parse_markdown(text);
  EXPECT_EQ(to_text(elements), truth);
  EXPECT_EQ(to_text(parse_markdown(truth)), truth);
  EXPECT_EQ(elements.size(), 10u);
  EXPECT_EQ(elements[7].kind, ElementKind::kRule);
}

TEST(Document, CutsAtPlacesAndKeepsTheKind) {
  const Document document = document_of("- one two\n- three\n\nfour");
  EXPECT_EQ(to_text(cut(document, {0, 0}, {0, 4})), "- one");
  const auto rest = cut(document, {0, 4}, {3, 0});
  EXPECT_TRUE(rest[0].continued);
  EXPECT_EQ(to_text(rest), "two\n- three\n\nfour");
  EXPECT_EQ(skip_blanks(document, {0, 3}), (Place{0, 4}));
  EXPECT_EQ(skip_blanks(document, {0, 7}), (Place{1, 0}));
}

TEST(Table, ReadsSpansAndWritesThemBack) {
  const std::string html =
      "<table><thead><tr><th rowspan=\"2\">A</th><td colspan=\"2\">b &amp; "
      "<b>c</b></td></tr></thead>"
      "<tr><td>d</td><td>e</td></tr></table>";
  const Table table = parse_table(html);
  EXPECT_EQ(table.num_columns, 3);
  ASSERT_EQ(table.cells.size(), 4u);
  EXPECT_EQ(table.cells[1].text, "b & c");
  EXPECT_EQ(table.cells[2].column, 1);
  EXPECT_EQ(parse_table(to_html(table)), table);
  EXPECT_PRED2(contains, thrown_message([] { parse_table("<table><tr><td>a</tr></table>"); }),
               "is not well-formed");
  EXPECT_PRED2(contains, thrown_message([] { parse_table("<table><tr></tr></table>"); }),
               "has no cells");
  EXPECT_PRED2(contains, thrown_message([] {
                 parse_table("<table><tr><td rowspan='2'>a</td></tr></table>");
               }),
               "below its end");
}

TEST(Style, ValuesAreDrawnApartFromEachOther) {
  const RenderConfig config =
      config_of(R"({"font": {"px": [10, 20]}, "page": {"columns": [1, 2]}})");
  RenderConfig other = config;
  other.page.columns = {1};
  other.page.margin = {10, 90};
  std::set<double> sizes;
  std::set<std::int64_t> columns;
  for (std::uint64_t page = 0; page < 40; ++page) {
    const PageStyle style = draw_style(config, page);
    EXPECT_EQ(style.font_px, draw_style(other, page).font_px);
    EXPECT_GE(style.font_px, 10);
    EXPECT_LT(style.font_px, 20);
    sizes.insert(style.font_px);
    columns.insert(style.columns);
  }
  EXPECT_EQ(sizes.size(), 40u);
  EXPECT_EQ(columns.size(), 2u);
}

// 1123 pixels squeezed to 512: a font of 20 has 9.1 in the view.
TEST(Style, FontSizeCanBeTheOneAfterTheResize) {
  RenderConfig config = config_of(R"({"mode": "tiny", "font": {"px": [10], "in_view": true}})");
  for (const double dpi : {96.0, 150.0}) {
    config.page.dpi = {dpi};
    const PageStyle style = draw_style(config, 0);
    EXPECT_NEAR(style.font_px, 10 * 1123.0 / 512, 0.02);
    EXPECT_NEAR(font_px_in_view(style, config.mode, picture_size(style, style.height)), 10, 1e-9);
  }
  config.page.height = {0};
  EXPECT_PRED2(contains, thrown_message([&] { draw_style(config, 0); }), "needs a page.height");
}

TEST(Style, RefusesWhatLeavesNoRoom) {
  EXPECT_PRED2(contains,
               thrown_message([] { draw_style(config_of(R"({"page": {"ink": ["blue"]}})"), 0); }),
               "'blue' is no colour");
  EXPECT_PRED2(contains, thrown_message([] {
                 draw_style(config_of(R"({"page": {"columns": [40], "column_gap": [20]}})"), 0);
               }),
               "leave no room");
  EXPECT_PRED2(contains, thrown_message([] { config_of(R"({"font": {"px": [1, 2, 3]}})"); }),
               "length must be <= 2");
}

}  // namespace
}  // namespace dsocr::data
