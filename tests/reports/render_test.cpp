#include "reports/render.h"

#include <gtest/gtest.h>

#include "reports/files.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"

namespace dsocr::reports {
namespace {

Document sample() {
  Document document;
  document.title = "Result";
  document.facts = {{"seed", "1"}};
  document.tables = {{"numbers", "Numbers", {{"x", "X", 1}}, {{{"x", 0.5}}}}};
  document.figures = {{"curve",
                       "Curve",
                       "What it shows.",
                       {"x", {}, {}},
                       {"y", {}, {}},
                       {{"", {{"s", "g", false, {{1, 2, {}, {}}, {2, 3, {}, {}}}}}}}}};
  document.notes = {"Mind this."};
  return document;
}

TEST(Render, MarkdownHasEverything) {
  EXPECT_EQ(to_markdown(sample()),
            "# Result\n\n- seed: 1\n\n![Curve](curve.svg)\n\nWhat it shows.\n\n## Numbers\n\n| X "
            "|\n| ---: |\n| 0.5 |\n"
            "\n## Notes\n\n- Mind this.\n");
}

TEST(Render, AReportCanBeDrawnAgainFromItsJson) {
  const test::TempDir dir;
  write_document(sample(), dir.path());
  for (const char* name : {"report.json", "report.md", "numbers.csv", "curve.svg", "curve.png"})
    EXPECT_TRUE(std::filesystem::exists(dir.path() / name)) << name;
  EXPECT_EQ(to_markdown(read_document(dir.path())), to_markdown(sample()));
}

TEST(Render, NamesTheFileThatIsNoReport) {
  const test::TempDir dir;
  const auto file = dir.write("report.json", "{\"schema\": 1");
  EXPECT_NE(test::thrown_message([&] { read_document(dir.path()); }).find(file.string()),
            std::string::npos);
  EXPECT_EQ(test::thrown_message([] { read_document("/nowhere"); }),
            "cannot read /nowhere/report.json: No such file or directory");
}

TEST(Render, PublishesUnderFileNamesOnly) {
  const test::TempDir dir;
  EXPECT_EQ(test::thrown_message([&] { publish(dir.path(), dir.path() / "p", "../x"); }),
            "cannot publish as '../x': not a name for a file");
}

TEST(Render, FactsStayOnOneLine) {
  Document document;
  document.title = "T";
  document.facts = {{"prompt", "<image>\nFree OCR."}};
  EXPECT_EQ(to_markdown(document), "# T\n\n- prompt: &lt;image>\\nFree OCR.\n");
}

TEST(Render, PublishingMarksAResultOfAChangedTree) {
  const test::TempDir dir;
  const auto run = dir.path() / "run";
  const auto published = dir.path() / "published";
  std::filesystem::create_directory(run);
  write_document(sample(), run);
  write_file(run / "manifest.json", R"({"tool": {"commit": "abc", "dirty": true}})");
  publish(run, published, "001-x");
  EXPECT_EQ(read_file(published / "001-x.md").substr(0, 60),
            "# Result (not reproducible: built from uncommitted changes)\n");
  EXPECT_TRUE(std::filesystem::exists(published / "001-x-curve.svg"));
  write_file(run / "manifest.json", R"({"tool": {"commit": "abc", "dirty": false}})");
  publish(run, published, "001-x");
  EXPECT_EQ(read_file(published / "001-x.md").substr(0, 9), "# Result\n");
}

}  // namespace
}  // namespace dsocr::reports
