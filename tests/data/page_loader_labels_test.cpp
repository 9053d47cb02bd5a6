#include <gtest/gtest.h>

#include "data/hdf5/page_store_writer.h"
#include "data/image/encode.h"
#include "tests/data/page_loader_fixture.h"
#include "tests/support/thrown.h"

// Glyphs and labelled parts of a page.
namespace dsocr::data {
namespace {

// Nobody is sure of them: they stay, so that the others are found, and are not learnt.
TEST_F(PageLoaderTest, GlyphsOfLittleConfidenceAreNotLearnt) {
  PageStoreWriter writer(path("labelled.h5"), {});
  Image image{40, 40, std::vector<std::uint8_t>(std::size_t{40} * 40 * 3, 255)};
  Page page{.id = "one", .image = encode_png(image, "test"), .width = 40, .height = 40};
  page.blocks = {
      {.category = "text", .box = {0, 0, 999, 400}, .order = 0, .text = "a", .confidence = 0.4F},
      {.category = "text", .box = {0, 500, 999, 999}, .order = 1, .text = "b", .confidence = 0.9F},
      {.category = "glyph", .box = {0, 0, 99, 99}, .text = "a", .confidence = 0.4F},
      {.category = "glyph", .box = {0, 600, 99, 699}, .text = "b", .confidence = 0.9F}};
  page.meta = with_threshold("", 0.8);
  writer.add(page, 0);
  writer.finish();
  const auto learnt = [&](double keep_over) {
    config_.sources = {
        {.file = path("labelled.h5"), .target = AnswerTarget::kPlain, .keep_over = keep_over}};
    const auto batch = PageLoader(config_, tokenizer(), {.glyphs = true}).next();
    std::vector<bool> flags;
    for (const PlacedGlyph& glyph : batch->pages.at(0).glyphs) flags.push_back(glyph.learnt);
    return flags;
  };
  EXPECT_EQ(learnt(-1), (std::vector<bool>{false, true}));
  EXPECT_EQ(learnt(0.3), (std::vector<bool>{true, true}));
  EXPECT_EQ(learnt(0.95), (std::vector<bool>{false, false}));
}

// A wide page: stretched, shares stay; padded, it stands in the middle of the view.
TEST_F(PageLoaderTest, GivesGlyphsWhereTheViewShowsThem) {
  PageStoreWriter writer(path("glyphs.h5"), {});
  Image image{40, 20, {}};
  image.rgb.assign(std::size_t{40} * 20 * 3, 255);
  Page page{
      .id = "one", .image = encode_png(image, "test"), .width = 40, .height = 20, .text = "ab"};
  page.blocks = {{.category = "text", .box = {0, 0, 999, 999}, .order = 0, .text = "ab"},
                 {.category = "glyph", .box = {0, 0, 200, 400}, .text = "a"},
                 {.category = "glyph", .box = {799, 799, 999, 999}, .text = "b"}};
  writer.add(page, 0);
  writer.finish();
  config_.sources = {{path("glyphs.h5")}};
  config_.epochs = 1;
  for (const bool pads : {false, true}) {
    config_.mode = pads ? configs::VisionMode::kBase : configs::VisionMode::kTiny;
    const auto batch = PageLoader(config_, tokenizer(), {.glyphs = true}).next();
    ASSERT_TRUE(batch.has_value());
    const auto& glyphs = batch->pages.at(0).glyphs;
    ASSERT_EQ(glyphs.size(), 2u);
    EXPECT_EQ(glyphs[0].text + glyphs[1].text, "ab");
    EXPECT_NEAR(glyphs[0].x, 100 / 999.0, 1e-6);
    EXPECT_NEAR(glyphs[0].y, pads ? 0.25 + 100 / 999.0 : 200 / 999.0, 1e-6);
    EXPECT_NEAR(glyphs[1].x, 899 / 999.0, 1e-6);
  }
  EXPECT_TRUE(PageLoader(config_, tokenizer()).next()->pages.at(0).glyphs.empty());
  config_.sources = {{path("b.h5")}};
  EXPECT_NE(test::thrown_message([&] {
              PageLoader(config_, tokenizer(), {.glyphs = true}).next();
            }).find("has no glyphs"),
            std::string::npos);
}

// Stores of one config may be answered in different ways, to different prompts.
TEST_F(PageLoaderTest, LabelledPartsAreLearntWhenTheyAreSureEnough) {
  PageStoreWriter writer(path("labels.h5"), {});
  Image image{30, 20, std::vector<std::uint8_t>(std::size_t{30} * 20 * 3, 255)};
  writer.add({.id = "labelled",
              .image = encode_png(image, "test"),
              .width = 30,
              .height = 20,
              .text = "not this",
              .meta = with_threshold("", 0.5),
              .blocks = {{.category = "text", .order = 0, .text = "sure", .confidence = 0.9F},
                         {.category = "text", .order = 1, .text = "wrong", .confidence = 0.2F}}},
             0);
  writer.finish();
  const auto learnt = [&](double keep_over) {
    config_.sources = {{.file = path("labels.h5"),
                        .target = AnswerTarget::kPlain,
                        .prompt = "<image>\nPlain.",
                        .keep_over = keep_over}};
    PageLoader loader(config_, tokenizer(), {});
    const LoadedPage page = loader.next()->pages.at(0);
    EXPECT_NE(tokenizer().decode(page.prompt).find("Plain."), std::string::npos);
    std::vector<std::int32_t> ids;
    for (std::size_t i = 0; i < page.answer.size(); ++i)
      if (page.learnt.empty() || page.learnt[i]) ids.push_back(page.answer[i]);
    return tokenizer().decode(ids, /*skip_special=*/true);
  };
  EXPECT_EQ(learnt(-1), "sure\n");
  EXPECT_EQ(learnt(0), "sure\nwrong");
  EXPECT_EQ(learnt(0.95), "");
}

}  // namespace
}  // namespace dsocr::data
