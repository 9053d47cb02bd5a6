#include "data/corpora/fox.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/read_json.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"

namespace dsocr::data {
namespace {

nlohmann::json page(const std::string& image, const std::string& text) {
  return {{"image", image},
          {"len", 1},
          {"conversations",
           {{{"from", "human"}, {"value", "<image>"}}, {{"from", "gpt"}, {"value", text}}}}};
}

class Fox : public testing::Test {
 protected:
  void write(const nlohmann::json& pages) { dir_.write("en_page_ocr.json", pages.dump()); }
  std::string message() {
    return test::thrown_message([&] { read_fox(dir_.path()); });
  }
  std::string file() const { return (dir_.path() / "en_page_ocr.json").string(); }
  test::TempDir dir_;
};

TEST_F(Fox, SortsPagesByNumber) {
  write({page("en_10.png", "ten"), page("en_9.png", "nine"), page("en_1.png", "one")});
  const auto pages = read_fox(dir_.path());
  ASSERT_EQ(pages.size(), 3u);
  EXPECT_EQ(pages[0].image, "en_1.png");
  EXPECT_EQ(pages[1].text, "nine");
  EXPECT_EQ(pages[2].image, "en_10.png");
  EXPECT_TRUE(pages[0].file.empty());
}

TEST_F(Fox, FindsImagesBesideTheAnnotations) {
  write({page("en_1.png", "one")});
  std::filesystem::create_directory(dir_.path() / "en_pdf_png");
  dir_.write("en_pdf_png/en_1.png", "");
  EXPECT_EQ(read_fox(dir_.path())[0].file, dir_.path() / "en_pdf_png" / "en_1.png");
}

TEST_F(Fox, RefusesBadPages) {
  EXPECT_EQ(message(), file() + ": cannot open: No such file or directory");
  write({page("en_1.png", "one"), page("en_1.png", "two")});
  EXPECT_EQ(message(), file() + ": sample 'en_1.png': the page stands twice");
  write({page("en_1.png", " \n")});
  EXPECT_EQ(
      message(),
      file() + ": sample 'en_1.png': ground truth is empty; a page without text cannot be scored");
  write({{{"image", "en_1.png"}, {"conversations", nlohmann::json::array()}}});
  EXPECT_EQ(
      message(),
      file() + ": sample 'en_1.png': has no conversation turn from 'gpt' with the page's text");
}

TEST_F(Fox, OtherTextsMustBeThoseOfTheSamePages) {
  write({page("en_1.png", "one"), page("en_2.png", "two")});
  const auto pages = read_fox(dir_.path());
  const auto refused = [&](const nlohmann::json& texts) {
    const auto targets = dir_.write("targets.json", texts.dump());
    const std::string text = test::thrown_message([&] { read_fox_texts(pages, targets); });
    return text.substr(targets.string().size());
  };
  const nlohmann::json first{{"image", "en_1.png"}, {"text", "eins"}};
  const nlohmann::json second{{"image", "en_2.png"}, {"text", "zwei"}};
  EXPECT_EQ(refused({first}), ": sample 'en_2.png': has no target text");
  EXPECT_EQ(refused({first, first}), ": sample 'en_1.png': the page stands twice");
  EXPECT_EQ(refused({first, second, {{"image", "x"}, {"text", "y"}}}),
            ": sample 'x': is not a page of the benchmark");
  const auto replaced =
      read_fox_texts(pages, dir_.write("targets.json", nlohmann::json{second, first}.dump()));
  ASSERT_EQ(replaced.size(), 2u);
  EXPECT_EQ(replaced[0].text, "eins");
  EXPECT_EQ(replaced[1].text, "zwei");
}

TEST_F(Fox, OtherTextsMayBePagesOfTheirOwn) {
  write({page("en_1.png", "one")});
  const nlohmann::json texts{{{"image", "random_10.png"}, {"text", "ten"}},
                             {{"image", "random_9.png"}, {"text", "nine"}}};
  const auto own = read_fox_texts(read_fox(dir_.path()), dir_.write("targets.json", texts.dump()));
  ASSERT_EQ(own.size(), 2u);
  EXPECT_EQ(own[0].image, "random_9.png");
  EXPECT_EQ(own[1].text, "ten");
}

TEST_F(Fox, ReadsTheRealBenchmark) {
  DSOCR_REQUIRE_SHARED("data/fox/en_page_ocr.json");
  const auto pages = read_fox(test::shared_dir() / "data" / "fox");
  ASSERT_EQ(pages.size(), 112u);
  EXPECT_EQ(pages.front().image, "en_1.png");
  EXPECT_EQ(pages.back().image, "en_112.png");
  EXPECT_FALSE(pages.front().file.empty());
}

}  // namespace
}  // namespace dsocr::data
