#include "eval/benchmarks/omnidocbench.h"

#include <gtest/gtest.h>

#include "configs/error.h"
#include "data/error.h"
#include "tests/eval/run_benchmark.h"
#include "tests/support/thrown.h"

namespace dsocr::eval {
namespace {

using nlohmann::json;

json element(const std::string& category, int id, json order, const std::string& key,
             const std::string& content) {
  return {{"category_type", category},
          {"anno_id", id},
          {"order", std::move(order)},
          {key, content},
          {"attribute", {{"text_language", "text_english"}}}};
}

json page(const std::string& image, json elements, const std::string& language = "english") {
  return {{"layout_dets", std::move(elements)},
          {"extra", {{"relation", json::array()}}},
          {"page_info",
           {{"image_path", image},
            {"page_attribute",
             {{"data_source", "book"}, {"language", language}, {"special_issue", {"None"}}}}}}};
}

// Two pages. The first is read with one wrong letter of ten and its table with one wrong cell of
// two; of the second only half is read, behind a line that is not there.
class OmniDocBench : public testing::Test {
 protected:
  OmniDocBench() {
    truth_ = {page("a.png", {element("title", 1, 1, "text", "abcdefghij"),
                             element("table", 2, 2, "html",
                                     "<table><tr><td>one</td><td>two</td></tr></table>")}),
              page("b.png",
                   {element("text_block", 1, 1, "text", "first line"),
                    element("text_block", 2, 2, "text", "second row")},
                   "simplified_chinese")};
    write_truth();
    std::filesystem::create_directory(dir_.path() / "md");
    dir_.write("md/a.md", "abcdefghiX\n\n<table><tr><td>one</td><td>tw0</td></tr></table>\n");
    dir_.write("md/b.md", "first line\n\nzzzzzzzzzzzzzzzzzzzz\n");
  }
  void write_truth() { dir_.write("gt.json", truth_.dump()); }
  json config(const std::string& version = "1.5") const {
    return {{"gt", (dir_.path() / "gt.json").string()},
            {"version", version},
            {"cdm", {{"run", "off"}}},
            {"runs", {{{"predictions", (dir_.path() / "md").string()}}}}};
  }

  test::TempDir dir_;
  json truth_;
};

TEST_F(OmniDocBench, ScoresAreThoseComputedByHand) {
  const auto output = test::run_benchmark("omnidocbench", config());
  const auto& run = output.results["runs"][0];
  EXPECT_EQ(run["num_pages"], 2);
  // Page a: 1 of 10. Page b: nothing of "firstline", all of "secondrow", paired with the z's, whose
  // length counts: 20 of 9 + 20.
  EXPECT_NEAR(run["headline"]["text_edit"].get<double>(), (0.1 + 20.0 / 29) / 2, 1e-12);
  // Two cells and their row: one of three letters of one cell.
  EXPECT_NEAR(run["headline"]["table_teds"].get<double>(), 1 - (1.0 / 3) / 3, 1e-12);
  EXPECT_EQ(run["headline"]["table_teds_s"], 1);
  EXPECT_EQ(run["headline"]["order_edit"], 0);
  EXPECT_TRUE(run["headline"]["overall"].is_null());
  EXPECT_EQ(run["official"]["text_block"]["group"]["sample_count"]["text_language: text_english"],
            3);
  EXPECT_NEAR(run["official"]["text_block"]["page"]["Edit_dist"]["language: simplified_chinese"]
                  .get<double>(),
              20.0 / 29, 1e-12);
}

TEST_F(OmniDocBench, CorrectedRulesPairNothingFarAndCountWhatIsTooMuch) {
  json corrected = config();
  corrected["corrected"] = true;
  const auto output = test::run_benchmark("omnidocbench", corrected);
  const auto& run = output.results["runs"][0];
  // Page b: 9 letters are missing and 20 are too many, of 9 + 9 + 20.
  EXPECT_NEAR(run["corrected"]["headline"]["text_edit"].get<double>(), (0.1 + 29.0 / 38) / 2,
              1e-12);
  EXPECT_NEAR(run["headline"]["text_edit"].get<double>(), (0.1 + 20.0 / 29) / 2, 1e-12);
}

TEST_F(OmniDocBench, AnyNumberOfThreadsGivesTheSameFiles) {
  json one = config(), many = config();
  one["threads"] = 1;
  many["threads"] = 8;
  const auto a = test::run_benchmark("omnidocbench", one);
  const auto b = test::run_benchmark("omnidocbench", many);
  EXPECT_EQ(a.results_text, b.results_text);
  EXPECT_EQ(a.samples_text, b.samples_text);
}

TEST_F(OmniDocBench, APageWithoutPredictionIsLeftOutOrEmptyByVersion) {
  std::filesystem::remove(dir_.path() / "md/b.md");
  const auto v15 = test::run_benchmark("omnidocbench", config("1.5")).results["runs"][0];
  EXPECT_EQ(v15["num_pages"], 1);
  EXPECT_EQ(v15["absent"], 1);
  EXPECT_NEAR(v15["headline"]["text_edit"].get<double>(), 0.1, 1e-12);
  const auto v17 = test::run_benchmark("omnidocbench", config("1.7")).results["runs"][0];
  EXPECT_EQ(v17["num_pages"], 2);
  EXPECT_NEAR(v17["headline"]["text_edit"].get<double>(), (0.1 + 1) / 2, 1e-12);
}

TEST_F(OmniDocBench, BadPagesDoNotStopTheOthers) {
  dir_.write("md/b.md", "\xff\xfe");
  dir_.write("md/other.md", "of no page");
  const auto output = test::run_benchmark("omnidocbench", config());
  const auto& run = output.results["runs"][0];
  EXPECT_EQ(run["failed"], 1);
  EXPECT_EQ(run["engine"]["unused_files"], 1);
  EXPECT_NEAR(run["headline"]["text_edit"].get<double>(), (0.1 + 1) / 2, 1e-12);
  bool said = false;
  for (const std::string& note : output.document.notes)
    said = said || (note.find("b.md: invalid UTF-8 at byte 0") != std::string::npos &&
                    note.find("counts as an empty page") != std::string::npos);
  EXPECT_TRUE(said);
}

TEST_F(OmniDocBench, TablesThatTheOfficialToolStopsAtCountZero) {
  const std::string broken = "<table><tr><td><![foo</td></tr></table>";
  for (const bool in_truth : {true, false}) {
    truth_[0]["layout_dets"][1]["html"] =
        in_truth ? broken : "<table><tr><td>one</td><td>two</td></tr></table>";
    write_truth();
    if (!in_truth) dir_.write("md/a.md", "abcdefghiX\n\n" + broken + "\n");
    for (const char* version : {"1.0", "1.5", "1.7"}) {
      const auto run = test::run_benchmark("omnidocbench", config(version)).results["runs"][0];
      EXPECT_EQ(run["headline"]["table_teds"], 0) << version << in_truth;
      EXPECT_NEAR(
          run["official"]["text_block"]["page"]["Edit_dist"]["language: english"].get<double>(),
          0.1, 1e-12);
    }
  }
}

TEST_F(OmniDocBench, HostilePagesTakeBoundedTime) {
  std::string nested, braces = "$$", unclosed;
  for (int i = 0; i < 500; ++i) nested += "<table><tr><td>";
  for (int i = 0; i < 500; ++i) nested += "</td></tr></table>";
  for (int i = 0; i < 100'000; ++i) braces += "{";
  for (int i = 0; i < 20'000; ++i) unclosed += "<table><tr><td>$x |a|\n";
  for (const std::string& text : {nested, braces + "$$", unclosed, std::string(10 << 20, 'x')}) {
    dir_.write("md/a.md", text);
    for (const char* version : {"1.0", "1.5", "1.7"}) {
      const auto output = test::run_benchmark("omnidocbench", config(version));
      EXPECT_EQ(output.results["runs"][0]["num_pages"], 2) << version << text.substr(0, 30);
    }
  }
}

TEST_F(OmniDocBench, APageThatIsTooMuchForTheOfficialToolIsNamed) {
  json elements = json::array();
  std::string text;
  for (int i = 0; i < 40; ++i) {
    elements.push_back(element("text_block", i + 1, i + 1, "text",
                               std::string(600, static_cast<char>('a' + i % 2))));
    text += std::string(5000, static_cast<char>('c' + i % 3)) + "\n\n";
  }
  truth_[1] = page("b.png", elements);
  write_truth();
  dir_.write("md/b.md", text);
  const auto failures =
      test::run_benchmark("omnidocbench", config()).results["runs"][0]["failures"];
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_EQ(failures[0][0], "b.png");
  EXPECT_NE(failures[0][1].get<std::string>().find("time limit"), std::string::npos);
}

TEST_F(OmniDocBench, WrongTruthIsRefusedWithThePathOfTheField) {
  const auto message = [&] {
    write_truth();
    return test::thrown_message([&] { test::benchmark("omnidocbench").check(config()); });
  };
  truth_[1]["layout_dets"][0]["text"] = 5;
  EXPECT_NE(message().find("[1].layout_dets[0].text: expected a string"), std::string::npos);
  truth_[1]["layout_dets"][0]["text"] = "back";
  truth_[1]["page_info"].erase("image_path");
  EXPECT_NE(message().find("[1].page_info.image_path: missing"), std::string::npos);
  truth_[1]["page_info"]["image_path"] = "a.png";
  EXPECT_NE(message().find("the page of [0] once more"), std::string::npos);
  truth_ = json::object();
  EXPECT_NE(message().find("expected a list"), std::string::npos);
  dir_.write("gt.json", "[{");
  EXPECT_THROW(test::benchmark("omnidocbench").check(config()), data::DataError);
}

TEST_F(OmniDocBench, WrongSettingsAreRefused) {
  json simple = config("1.5");
  simple["match"] = "simple";
  EXPECT_THROW(test::benchmark("omnidocbench").check(simple), configs::ConfigError);
  json elsewhere = config();
  elsewhere["runs"][0]["predictions"] = (dir_.path() / "none").string();
  EXPECT_THROW(test::benchmark("omnidocbench").check(elsewhere), data::DataError);
  std::filesystem::create_directory(dir_.path() / "foreign");
  dir_.write("foreign/c.md", "another set");
  elsewhere["runs"][0]["predictions"] = (dir_.path() / "foreign").string();
  EXPECT_THROW(test::benchmark("omnidocbench").check(elsewhere), data::DataError);
}

}  // namespace
}  // namespace dsocr::eval
