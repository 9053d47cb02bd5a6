#include "eval/omnidocbench/table/html_tree.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "eval/normalize/unicode.h"
#include "eval/omnidocbench/table/html_entities.h"
#include "eval/omnidocbench/table/html_tokenizer.h"

namespace dsocr::omnidocbench {
namespace {

using metrics::decode_utf8;
using metrics::encode_utf8;

std::string parsed(std::string_view html) {
  return encode_utf8(HtmlTree(decode_utf8(html)).serialise());
}

TEST(HtmlTree, AgreesWithBeautifulSoup) {
  const std::filesystem::path path = DSOCR_SHARED_DIR "/golden/omnidocbench/units/html_parser.json";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no " << path;
  const auto vectors = nlohmann::json::parse(std::ifstream(path));
  ASSERT_GT(vectors.size(), 0u);
  for (const auto& vector : vectors)
    EXPECT_EQ(parsed(vector[0].get<std::string>()), vector[1].get<std::string>());
}

TEST(HtmlTree, SortsAttributesAndQuotes) {
  EXPECT_EQ(parsed("<TD b=2 A=\"x'y\" b=3 class=' p  q '>"),
            "<td a=\"x'y\" b=\"3\" class=\"p q\"></td>");
  EXPECT_EQ(parsed("<p t='a\"b'>"), "<p t='a\"b'></p>");
  EXPECT_EQ(parsed("<p t=a\"'>"), "<p t=\"a&quot;'\"></p>");
  // An open quote: the value is what stands before it, or nothing.
  EXPECT_EQ(parsed("<p a= \"b>"), "<p \"b=\"\" a=\"\"></p>");
}

TEST(HtmlTree, HasNoImpliedEndTags) {
  EXPECT_EQ(parsed("<td>a<td>b</tr>c"), "<td>a<td>bc</td></td>");
  EXPECT_EQ(parsed("<b><i>x</b>y</i>"), "<b><i>x</i></b>y");
  EXPECT_EQ(parsed("a<br>b<br/>c</br>d"), "a<br/>b<br>c</br>d");
}

TEST(HtmlTree, DecodesReferences) {
  EXPECT_EQ(parsed("&lt &foo; &#128; &#x41; & &AMP"), "&lt; &amp;foo \u20AC A &amp; &amp;AMP");
  EXPECT_EQ(parsed("a&b"), "ab");
  EXPECT_EQ(parsed("&#0;&#x110000;"), std::string("\0", 1) + "\uFFFD");
  EXPECT_EQ(parsed("1&#; &lt; 2&#; &lt;"), "1&amp;#; &lt; 2&amp;#; &amp;lt;");
}

TEST(HtmlTree, KeepsCommentsAndTheLike) {
  EXPECT_EQ(parsed("<!doctype html><?x?><!--y--><![CDATA[z<]]><![if a]>"),
            "<!DOCTYPE html>\n<?x?><!--y--><![CDATA[z<]]><?if a?>");
  EXPECT_EQ(parsed("<!----></ b><//c>"), "<!-- --><!--/c-->");
  EXPECT_EQ(parsed("<script>a<b</script>c<style>d"), "<script>a<b</script>c<style></style>");
  EXPECT_THROW(parsed("<![x[y]]>"), HtmlRejected);
  EXPECT_THROW(parsed("<![ "), HtmlRejected);
}

TEST(HtmlTree, ShrinksBlankText) {
  EXPECT_EQ(parsed("<td>  </td> \n <pre>  </pre>"), "<td> </td>\n<pre>  </pre>");
}

TEST(HtmlTree, ChangesTheTree) {
  HtmlTree tree(U"<t><a x=1>p<b>q</b></a><a></a><c>r</c></t>");
  for (const HtmlTree::Node node : tree.find_all({U"a"})) tree.unwrap(node);
  EXPECT_EQ(tree.serialise(), U"<t>p<b>q</b><c>r</c></t>");
  tree.set_text(tree.find_all({U"b"}).at(0), U"d");
  tree.replace_by_text(tree.find_all({U"c"}).at(0), U"<");
  EXPECT_EQ(tree.serialise(), U"<t>p<d>q</d>&lt;</t>");
  EXPECT_EQ(tree.get_text(HtmlTree::kDocument, U"|"), U"p|q|<");
  tree.unwrap(tree.find_all({U"t"}).at(0));
  EXPECT_EQ(tree.serialise(), U"p<d>q</d>&lt;");
}

TEST(HtmlTree, FindsSingleStrings) {
  const HtmlTree tree(U"<td><b>x</b></td><td>x<b></b></td><td></td>");
  const std::vector<HtmlTree::Node> strings = tree.single_strings();
  const std::vector<HtmlTree::Node> cells = tree.find_all({U"td"});
  ASSERT_EQ(cells.size(), 3u);
  EXPECT_EQ(tree.text(strings[cells[0]]), U"x");
  EXPECT_EQ(strings[cells[1]], HtmlTree::kNoNode);
  EXPECT_EQ(strings[cells[2]], HtmlTree::kNoNode);
}

TEST(HtmlTree, TextOfScriptsIsNoText) {
  const HtmlTree tree(U"a<script>b</script><ruby>c<rt>d</rt></ruby><!--e--><![CDATA[f]]>");
  EXPECT_EQ(tree.get_text(HtmlTree::kDocument, U" "), U"a c f");
}

TEST(HtmlTree, HostileTextsTakeLinearTime) {
  constexpr size_t kLength = 1'000'000;
  for (const std::u32string_view piece :
       {U"<td>", U"<a ", U"<a x=\"", U"<a<", U"<!--", U"<![cdata[", U"</", U"&", U"&#", U"<span>x",
        U"<script>", U"<a '\"=\"'", U"] "}) {
    std::u32string html;
    while (html.size() < kLength) html.append(piece);
    EXPECT_GE(HtmlTree(html).serialise().size(), 1u);
  }
}

TEST(HtmlEntities, UnescapesAsPython) {
  EXPECT_EQ(unescape_html(U"&amp;lt; &notit; &notin; &frac12x &bne; &x &"),
            U"&lt; \u00ACit; \u2209 \u00BDx =\u20E5 &x &");
  EXPECT_EQ(unescape_html(U"&#65 &#x42;&#150;&#0;&#1;&#xD800;&#1114112;&#;&#x;"),
            U"A B\u2013\uFFFD\uFFFD\uFFFD&#;&#x;");
  EXPECT_EQ(unescape_html(U"&CounterClockwiseContourIntegral;"), U"\u2233");
}

}  // namespace
}  // namespace dsocr::omnidocbench
