#include "eval/omnidocbench/table/table_html.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "eval/normalize/unicode.h"

namespace dsocr::omnidocbench {
namespace {

using metrics::decode_utf8;
using metrics::encode_utf8;

std::string normalised(std::string_view html, Version version) {
  return encode_utf8(normalise_table(decode_utf8(html), version));
}

void check_vectors(const std::string& name, Version version) {
  const std::filesystem::path path =
      DSOCR_SHARED_DIR "/golden/omnidocbench/units/" + name + "/normalized_html_table.json";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no " << path;
  const auto vectors = nlohmann::json::parse(std::ifstream(path));
  ASSERT_GT(vectors.size(), 0u);
  for (const auto& vector : vectors)
    EXPECT_EQ(normalised(vector[0].get<std::string>(), version), vector[1].get<std::string>());
}

TEST(TableHtml, AgreesWithTheEvaluator15) {
  check_vectors("v15", Version::k15);
  check_vectors("v15", Version::k10);
}
TEST(TableHtml, AgreesWithTheEvaluator17) { check_vectors("v17", Version::k17); }

// Every table row of the official results holds the texts before and after.
TEST(TableHtml, AgreesWithTheResults) {
  const std::filesystem::path folder = DSOCR_SHARED_DIR "/golden/omnidocbench/result";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no " << folder;
  size_t num_rows = 0;
  for (const auto& [name, version] :
       {std::pair{"v10", Version::k10}, {"v15", Version::k15}, {"v17", Version::k17}}) {
    for (const auto& set : std::filesystem::directory_iterator(folder / name)) {
      const auto rows = nlohmann::json::parse(std::ifstream(set.path() / "table_result.json"));
      for (const auto& row : rows) {
        EXPECT_EQ(normalised(row["gt"].get<std::string>(), version), row["norm_gt"]);
        EXPECT_EQ(normalised(row["pred"].get<std::string>(), version), row["norm_pred"]);
        ++num_rows;
      }
    }
  }
  EXPECT_GT(num_rows, 400u);
}

std::string wrapped(const std::string& rows) {
  return "<html><body><table border=\"1\" >" + rows + "</table></body></html>";
}

TEST(TableHtml, NormalisesMarkup) {
  const std::string html =
      "x <table class='a'>\n<thead><tr style=\"b:c\" align=left><th colspan=2>A<span>B</span></th>"
      "</tr></thead>\n<tbody><tr><td>a  <sup>2</sup></td><td><math alttext=\"x\"><mi>x</mi></math>"
      "</td></tr></tbody></table> y";
  EXPECT_EQ(normalised(html, Version::k15),
            wrapped("<tr><td colspan=\"2\">AB</td></tr><tr><td>a 2</td><td>$x$</td></tr>"));
  EXPECT_EQ(normalised(html, Version::k17),
            wrapped("<tr><td colspan=\"2\">AB</td></tr><tr><td>a2</td><td>x</td></tr>"));
  EXPECT_EQ(normalised("no table", Version::k15), "");
  EXPECT_EQ(normalised("< table", Version::k15), wrapped(""));
  EXPECT_EQ(normalised("<table><td>a</td>", Version::k15), wrapped("<td>a</td>"));
  EXPECT_EQ(normalised("<table><colgroup><col></colgroup><td>&amp;amp;</td></table>", Version::k15),
            wrapped("<td>&amp;</td>"));
}

TEST(TableHtml, NormalisesCells) {
  const auto cell = [](const std::string& text) {
    return normalised("<table><td>" + text + "</td></table>", Version::k17);
  };
  EXPECT_EQ(cell("\\checkmark"), wrapped("<td>\u221A</td>"));
  EXPECT_EQ(cell("$ \\alpha \\pm 1 $"), wrapped("<td>\u03B1 \u00B1 1</td>"));
  EXPECT_EQ(cell("$$\\[ 5\\% \\]$$"), wrapped("<td>5%</td>"));
  EXPECT_EQ(cell("$a$ and $b$"), wrapped("<td>$a$ and $b$</td>"));
  EXPECT_EQ(cell(" - "), wrapped("<td>\u2014</td>"));
  EXPECT_EQ(cell("\u2717 \u00D8"), wrapped("<td>\u00D7 \u2205</td>"));
  // Parsed twice: the second time the end tag of br is taken as that of the first br.
  EXPECT_EQ(cell("a<br>b<br/>c"), wrapped("<td>a<br/>b<br/>c</td>"));
}

TEST(TableHtml, ListsTheTextsOfCells) {
  using Texts = std::vector<std::u32string>;
  EXPECT_EQ(table_cell_texts(U"<td> a$\\cdot$b </td><td><b>c</b></td><td>d<b>e</b></td><th>f</th>"),
            (Texts{U"ab", U"c"}));
  EXPECT_EQ(cell_texts(U"<th>a <b>b</b>c</th><td>\n</td><td>x<td>y</td>z</td>"),
            (Texts{U"a b c", U"", U"x y z", U"y"}));
  EXPECT_EQ(cell_texts(U"<td>" + std::u32string(1000, U'x') + U"</td>").at(0).size(),
            kLongestCellText);
}

TEST(TableHtml, HostileTablesTakeLinearTime) {
  std::u32string html = U"<table>";
  while (html.size() < 1'000'000) html.append(U"<td><math>x");
  EXPECT_GT(normalise_table(html, Version::k17).size(), 1u);
  EXPECT_GT(cell_texts(html).size(), 1u);
  EXPECT_GT(table_cell_texts(html).size() + 1, 1u);
}

}  // namespace
}  // namespace dsocr::omnidocbench
