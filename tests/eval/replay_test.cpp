#include "eval/engines/replay.h"

#include <gtest/gtest.h>

#include "configs/error.h"
#include "eval/engines/engines.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"

namespace dsocr::eval {
namespace {

const std::vector<std::string> kPages{"en_1.png", "en_2.png", "en_3.png", "en_4.png", "en_5.png"};

class Replay : public testing::Test {
 protected:
  // What check_pages says about predictions for these pages, without the file's name.
  std::string check(const std::vector<std::string>& predicted) {
    nlohmann::json records = nlohmann::json::array();
    for (const std::string& page : predicted)
      records.push_back({{"image", page}, {"pred", "text of " + page}});
    const auto file = dir_.write("predictions.json", records.dump());
    return test::thrown_message([&] { ReplayEngine(file).check_pages(kPages); })
        .substr(file.string().size());
  }
  test::TempDir dir_;
};

TEST_F(Replay, GivesEachPageItsText) {
  const auto file = dir_.write(
      "p.jsonl",
      "{\"image\": \"b\", \"pred\": \"B\", \"width\": 857, \"height\": 1109, \"font_px\": 16}\n"
      "{\"image\": \"a\", \"pred\": \"\"}\n");
  ReplayEngine engine(file);
  const std::vector<std::string> ids{"a", "b"};
  engine.check_pages(ids);
  const std::vector<PageRequest> requests{{"a", "", ""}, {"b", "", ""}, {"c", "", ""}};
  const auto transcripts = engine.transcribe(requests);
  EXPECT_EQ(transcripts[0].text, "");
  EXPECT_FALSE(transcripts[0].failure.has_value());
  EXPECT_EQ(transcripts[1].text, "B");
  EXPECT_EQ(transcripts[1].page_size->height, 1109);
  EXPECT_EQ(transcripts[1].font_px, 16);
  EXPECT_EQ(transcripts[2].failure, "not predicted");
}

TEST_F(Replay, NamesMissingForeignAndDoublePages) {
  EXPECT_EQ(check({"en_1.png", "en_2.png", "en_3.png", "en_5.png"}),
            ": sample 'en_4.png': not predicted");
  EXPECT_EQ(check({"en_1.png"}),
            ": sample 'en_2.png, en_3.png, en_4.png and 1 more': not predicted");
  EXPECT_EQ(check({"en_1.png", "en_2.png", "en_3.png", "en_4.png", "en_5.png", "en_6.png"}),
            ": sample 'en_6.png': not a page of the benchmark");
  EXPECT_EQ(check({"en_1.png", "en_1.png"}), ": sample 'en_1.png': the page is predicted twice");
  EXPECT_EQ(check({"cn_1.png", "cn_2.png"}),
            ": no page of the benchmark is predicted; these are predictions of another set "
            "(cn_1.png, cn_2.png)");
}

TEST_F(Replay, RefusesImpossiblePageSizes) {
  const auto refused = [&](const char* fields) {
    const auto file =
        dir_.write("p.jsonl", std::string("{\"image\": \"a\", \"pred\": \"\", ") + fields + "}");
    return test::thrown_message([&] { ReplayEngine{file}; }).substr(file.string().size());
  };
  const std::string size =
      ": sample 'a': 'width' and 'height' must be whole numbers of pixels, 1 to 1000000";
  for (const char* fields : {"\"width\": 0, \"height\": 5", "\"width\": 5",
                             "\"width\": 1e300, \"height\": 1", "\"width\": 1.5, \"height\": 1"})
    EXPECT_EQ(refused(fields), size) << fields;
  EXPECT_EQ(refused("\"font_px\": -1"), ": sample 'a': 'font_px' must be positive");
}

TEST(Engines, UnknownNameListsTheNearest) {
  EngineSource none, predictions{.predictions = "predictions.json"};
  EXPECT_EQ(test::thrown_message([&] { make_engine("repaly", none); }),
            "config: engine: no engine is called 'repaly'; did you mean 'replay'?");
  EXPECT_THROW(make_engine("replay", none), configs::ConfigError);
  EXPECT_THROW(make_engine("hash", predictions), configs::ConfigError);
}

TEST(Engines, HashIsTheSameForTheSamePageOnly) {
  EngineSource none;
  const auto engine = make_engine("hash", none);
  const std::vector<PageRequest> requests{
      {"a", "", "p"}, {"b", "", "p"}, {"a", "", "p"}, {"a", "", "q"}};
  const auto texts = engine->transcribe(requests);
  EXPECT_EQ(texts[0].text, texts[2].text);
  EXPECT_NE(texts[0].text, texts[1].text);
  EXPECT_NE(texts[0].text, texts[3].text);
  EXPECT_GT(texts[0].text.size(), 1000u);
}

}  // namespace
}  // namespace dsocr::eval
