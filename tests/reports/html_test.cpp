#include "reports/html.h"

#include <gtest/gtest.h>

#include "reports/files.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"

namespace dsocr::reports {
namespace {

Document document() {
  Document document;
  document.title = "A < B & \"C\"";
  document.facts = {{"seed", "1"}};
  document.figures = {{"curve", "Curve", "what it shows", {}, {}, {}}};
  document.tables = {{"t", "Table", {{"x", "X", 1, 100}}, {{{"x", 0.5}}, {{"x", nullptr}}}}};
  document.notes = {"a note"};
  document.examples = {{"Worst", "pages/a.png", {{"read", "<b>\nline"}}}, {"Bare", "", {}}};
  return document;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Html, IsOnePageWithAllInIt) {
  const test::TempDir dir;
  std::filesystem::create_directory(dir.path() / "pages");
  write_file(dir.path() / "curve.svg", "<svg/>");
  write_file(dir.path() / "pages/a.png", "abc");
  const std::string html = to_html(document(), dir.path());
  EXPECT_TRUE(has(html, "<title>A &lt; B &amp; &quot;C&quot;</title>"));
  EXPECT_TRUE(has(html, "<dt>seed</dt><dd>1</dd>"));
  EXPECT_TRUE(has(html, "alt=\"Curve\" src=\"data:image/svg+xml;base64,PHN2Zy8+\""));
  EXPECT_TRUE(has(html, "<td>50.0</td>"));
  EXPECT_TRUE(has(html, "<td></td>"));
  EXPECT_TRUE(has(html, "src=\"data:image/png;base64,YWJj\""));
  EXPECT_TRUE(has(html, "<pre>&lt;b&gt;\nline</pre>"));
  EXPECT_TRUE(has(html, "<li>a note</li>"));
  EXPECT_FALSE(has(html, "http"));
  EXPECT_FALSE(has(html, "src=\"pages"));
}

TEST(Html, NamesAPictureThatIsNotThere) {
  const test::TempDir dir;
  EXPECT_TRUE(has(test::thrown_message([&] { to_html(document(), dir.path()); }), "curve.svg"));
}

}  // namespace
}  // namespace dsocr::reports
