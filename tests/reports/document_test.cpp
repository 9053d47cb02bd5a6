#include "reports/document.h"

#include <gtest/gtest.h>

#include "tests/support/thrown.h"

namespace dsocr::reports {
namespace {

TEST(Document, SurvivesJson) {
  Document document;
  document.title = "Title";
  document.facts = {{"seed", "1"}, {"a", "b"}};
  document.tables = {{"t", "Table", {{"x", "X", 2, 100}}, {{{"x", 0.5}}}}};
  document.figures = {{"f",
                       "Figure",
                       "caption",
                       {"x", 0.0, {}},
                       {"y", {}, 100.0},
                       {{"panel", {{"s", "g", true, {{1, 2, 0.5, {}}}}}}}}};
  document.notes = {"note"};
  const auto json = to_json(document);
  EXPECT_EQ(to_json(document_from_json(json)).dump(), json.dump());
  const Document again = document_from_json(json);
  EXPECT_EQ(again.facts, document.facts);
  EXPECT_EQ(again.figures[0].panels[0].series[0].points[0].low, 0.5);
  EXPECT_FALSE(again.figures[0].panels[0].series[0].points[0].high.has_value());
  EXPECT_EQ(again.figures[0].y.max, 100.0);
}

TEST(Document, NamesOfTablesAndFiguresAreFileNames) {
  for (const char* name : {"../x", "a/b", "", ".hidden", "a b", "`x`"}) {
    Document document;
    document.tables = {{name, "Table", {}, {}}};
    const auto json = to_json(document);
    EXPECT_NE(test::thrown_message([&] { document_from_json(json); }).find("cannot be the name"),
              std::string::npos)
        << name;
  }
  EXPECT_TRUE(is_file_name("001-fox_table.2"));
}

TEST(Document, FactsLeaveNullsOut) {
  Document document;
  add_facts(document, {{"a", "text"}, {"b", nullptr}, {"c", 3}, {"d", false}});
  EXPECT_EQ(document.facts, (std::vector<std::pair<std::string, std::string>>{
                                {"a", "text"}, {"c", "3"}, {"d", "false"}}));
}

TEST(Document, RefusesOtherJson) {
  EXPECT_NE(test::thrown_message([] {
              document_from_json({{"schema", 1}});
            }).find("not a report: "),
            std::string::npos);
  EXPECT_EQ(test::thrown_message([] {
              document_from_json({{"schema", 9}});
            }),
            "report schema 9, this version reads 1");
}

}  // namespace
}  // namespace dsocr::reports
