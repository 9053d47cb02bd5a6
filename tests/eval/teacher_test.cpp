#include "eval/label/teacher.h"

#include <gtest/gtest.h>

#include <cmath>

namespace dsocr::eval {
namespace {

// An answer of tokens with their probabilities.
PageText answer(const std::vector<std::pair<std::string, float>>& tokens) {
  PageText result;
  for (const auto& [text, probability] : tokens) {
    result.text += text;
    result.tokens.push_back({result.text.size(), probability});
  }
  result.stop = "eos";
  return result;
}

const std::string kEos = "<\uff5cend\u2581of\u2581sentence\uff5c>";

TEST(Teacher, AnAnswerWithoutReferencesIsOnePart) {
  const data::PageLabels labels = labels_of(
      answer({{"one", 0.9F}, {" tw", 0.5F}, {"o\n", 0.5F}, {"three", 1}, {kEos, 0.1F}}), {40, 20});
  ASSERT_EQ(labels.regions.size(), 1u);
  const data::LabelRegion& region = labels.regions[0];
  EXPECT_EQ(region.category, "text");
  EXPECT_EQ(region.box, (data::PixelBox{0, 0, 40, 20}));
  EXPECT_NEAR(region.confidence, std::pow(0.9 * 0.5 * 0.5, 0.25), 1e-6);
  ASSERT_EQ(region.lines.size(), 2u);
  EXPECT_EQ(region.lines[0].text, "one two");
  EXPECT_EQ(region.lines[1].text, "three");
  EXPECT_FLOAT_EQ(region.lines[1].confidence, 1);
  ASSERT_EQ(region.lines[0].words.size(), 2u);
  EXPECT_FLOAT_EQ(region.lines[0].words[0].confidence, 0.9F);
  EXPECT_EQ(region.lines[0].words[1].begin, 4u);
  EXPECT_EQ(region.lines[0].words[1].end, 7u);
  EXPECT_FLOAT_EQ(region.lines[0].words[1].confidence, 0.5F);
}

TEST(Teacher, ReferencesArePartsWithTheirBoxes) {
  const data::PageLabels labels =
      labels_of(answer({{"<|ref|>title<|/ref|><|det|>[[0, 0, 999, 500]]<|/det|>", 0.01F},
                        {"\n# ", 1},
                        {"Hello", 0.25F},
                        {"\n\n<|ref|>image<|/ref|><|det|>[[0, 500, 333, 999]]<|/det|>", 1}}),
                {200, 100});
  ASSERT_EQ(labels.regions.size(), 2u);
  EXPECT_EQ(labels.regions[0].category, "title");
  EXPECT_EQ(labels.regions[0].box, (data::PixelBox{0, 0, 200, 50}));
  ASSERT_EQ(labels.regions[0].lines.size(), 1u);
  EXPECT_EQ(labels.regions[0].lines[0].text, "Hello");
  EXPECT_FLOAT_EQ(labels.regions[0].confidence, 0.25F);
  EXPECT_EQ(labels.regions[1].category, "image");
  EXPECT_TRUE(labels.regions[1].lines.empty());
}

TEST(Teacher, ABlankPageHasNoParts) {
  EXPECT_TRUE(labels_of(answer({{kEos, 1}}), {40, 20}).regions.empty());
  EXPECT_TRUE(labels_of(answer({}), {40, 20}).regions.empty());
}

}  // namespace
}  // namespace dsocr::eval
