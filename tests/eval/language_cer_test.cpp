#include "eval/benchmarks/language_cer.h"

#include <gtest/gtest.h>

#include "data/hdf5/page_store_writer.h"
#include "tests/data/store_pages.h"
#include "tests/eval/run_benchmark.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"

namespace dsocr::eval {
namespace {

using nlohmann::json;

// Two pages in Hebrew, one in Russian, one that does not say.
class LanguageCer : public testing::Test {
 protected:
  LanguageCer() {
    data::PageStoreWriter writer(store_, {});
    int number = 0;
    for (const auto& [language, text] : pages_) {
      data::Page page = test::make_page(number);
      page.language = language;
      page.text = text;
      page.blocks.clear();
      writer.add(page, static_cast<std::uint64_t>(number++));
    }
    writer.finish();
  }
  test::BenchmarkOutput score(const std::vector<std::string>& readings,
                              const json& more = json::object()) const {
    json records = json::array();
    for (std::size_t i = 0; i < readings.size(); ++i)
      records.push_back({{"image", "page-" + std::to_string(i)}, {"pred", readings[i]}});
    json config{
        {"data", store_.string()},
        {"bootstrap", {{"resamples", 200}}},
        {"runs",
         json::array({{{"predictions", dir_.write("run.json", records.dump()).string()}}})}};
    config.update(more);
    return test::run_benchmark("language_cer", config);
  }

  const std::vector<std::pair<std::string, std::string>> pages_{
      {"he", "\u05E9\u05B8\u05DC\u05D5\u05DD \u05E2\u05D5\u05DC\u05DD"},
      {"he", "\u05D0\u05D1 12"},
      {"ru", "\u0434\u0430 \u043D\u0435\u0442"},
      {"", "ab"}};
  const test::TempDir dir_;
  const std::filesystem::path store_ = dir_.path() / "pages.h5";
};

// By hand: page 0 has 10 characters with its vowel point and 2 words, page 1 has 5 and 2.
TEST_F(LanguageCer, CountsEditsByLanguage) {
  const auto output = score(
      {"\u05E9\u05DC\u05D5\u05DD \u05E2\u05DC\u05DD", "\u05D0\u05D1 12", "\u0434\u0430", "ab"});
  const auto& rows = output.results.at("languages");
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[0].at("language"), "(not said)");
  EXPECT_EQ(rows[0].at("cer").at("value"), 0);
  EXPECT_EQ(rows[1].at("language"), "he");
  EXPECT_EQ(rows[1].at("pages"), 2);
  EXPECT_EQ(rows[1].at("characters"), 15);
  EXPECT_EQ(rows[1].at("words"), 4);
  EXPECT_DOUBLE_EQ(rows[1].at("cer").at("value").get<double>(), 2.0 / 15);
  EXPECT_DOUBLE_EQ(rows[1].at("cer_median").at("value").get<double>(), 0.1);
  EXPECT_DOUBLE_EQ(rows[1].at("wer").at("value").get<double>(), 0.5);
  EXPECT_EQ(rows[1].at("cer").at("low"), 0);
  EXPECT_DOUBLE_EQ(rows[1].at("cer").at("high").get<double>(), 0.2);
  EXPECT_EQ(rows[2].at("language"), "ru");
  EXPECT_DOUBLE_EQ(rows[2].at("cer").at("value").get<double>(), 4.0 / 6);
  EXPECT_DOUBLE_EQ(rows[2].at("wer").at("value").get<double>(), 0.5);
  EXPECT_EQ(rows[3].at("language"), "all");
  EXPECT_DOUBLE_EQ(rows[3].at("cer").at("value").get<double>(), 6.0 / 23);
  EXPECT_EQ(rows[3].at("failed"), 0);
  // The worst page first.
  ASSERT_EQ(output.document.examples.size(), 3u);
  EXPECT_EQ(output.document.examples[0].title, "run: page-2, CER 0.67");
  EXPECT_NE(output.samples_text.find("\"id\":\"page-0\",\"language\":\"he\",\"cer\":0.2,"),
            std::string::npos)
      << output.samples_text;
}

TEST_F(LanguageCer, OrthographyActsOnBothSides) {
  const auto output = score(
      {"\u05E9\u05DC\u05D5\u05B9\u05DD \u05E2\u05D5\u05DC\u05DD", "\u05D0\u05D1 \u0661\u0662",
       "\u0414\u0410 \u043D\u0435\u0442", "ab"},
      {{"orthography", {{"remove_points", true}, {"unify_digits", true}, {"ignore_case", true}}}});
  for (const auto& row : output.results.at("languages")) {
    EXPECT_EQ(row.at("cer").at("value"), 0) << row;
    EXPECT_EQ(row.at("wer").at("value"), 0) << row;
  }
  EXPECT_EQ(output.results.at("header").at("normalisation"),
            "orthography 1: NFC, digits unified, without points, lower case");
}

TEST_F(LanguageCer, ALanguageForPagesThatDoNotSay) {
  const auto output = score({"", "", "", ""}, {{"language", "en"}, {"limit", 0}, {"shown", 0}});
  EXPECT_EQ(output.results.at("languages")[0].at("language"), "en");
  EXPECT_EQ(output.results.at("languages")[0].at("cer").at("value"), 1);
  EXPECT_TRUE(output.document.examples.empty());
}

TEST_F(LanguageCer, TwoRunsGiveTheSameBytes) {
  const std::vector<std::string> readings{"x", "y", "\u0434\u0430", "ab"};
  const auto one = score(readings, {{"threads", 1}}), two = score(readings, {{"threads", 4}});
  EXPECT_EQ(one.results_text, two.results_text);
  EXPECT_EQ(one.samples_text, two.samples_text);
}

TEST_F(LanguageCer, SaysWhatIsWrong) {
  const auto message = [&](const std::vector<std::string>& readings, const json& more) {
    return test::thrown_message([&] { score(readings, more); });
  };
  EXPECT_NE(message({"a"}, json::object()).find("sample 'page-1, page-2, page-3': not predicted"),
            std::string::npos);
  EXPECT_NE(message({"a", "b", "c", "d"}, {{"data", "nowhere.h5"}}).find("nowhere.h5"),
            std::string::npos);
  EXPECT_EQ(message({"a"}, {{"format", "hocrr"}}), "no format 'hocrr'; did you mean 'hocr'?");
  EXPECT_EQ(message({"a"}, {{"runs", json::array()}}),
            "config: runs: length must be >= 1, found 0");
}

}  // namespace
}  // namespace dsocr::eval
