#include "data/label/target.h"

#include <gtest/gtest.h>

#include "tests/support/thrown.h"

namespace dsocr::data {
namespace {

// In the order in which an engine may give them, not that of reading.
std::vector<Block> page() {
  return {{.category = "text", .box = {10, 200, 500, 300}, .order = 2, .text = "Two\nlines."},
          {.category = "title", .box = {10, 20, 500, 60}, .order = 0, .text = " Title "},
          {.category = "image", .box = {10, 70, 500, 190}, .order = 1},
          {.category = "equation", .box = {0, 310, 999, 340}, .order = 3, .text = "a=b"},
          {.category = "word", .box = {10, 20, 90, 60}, .order = 4, .text = "Title"},
          {.category = "header", .box = {0, 0, 999, 9}, .order = -1, .text = "p. 7"}};
}

std::string target(AnswerTarget kind) { return format_target(page(), kind, 0).text; }

TEST(Target, IsWhatEachKindWrites) {
  EXPECT_EQ(target(AnswerTarget::kPlain), "Title\nTwo\nlines.\na=b");
  EXPECT_EQ(target(AnswerTarget::kMarkdown), "# Title\n\nTwo\nlines.\n\n\\[a=b\\]");
  EXPECT_EQ(target(AnswerTarget::kGrounded),
            "<|ref|>title<|/ref|><|det|>[[10, 20, 500, 60]]<|/det|>\n# Title\n\n"
            "<|ref|>image<|/ref|><|det|>[[10, 70, 500, 190]]<|/det|>\n\n"
            "<|ref|>text<|/ref|><|det|>[[10, 200, 500, 300]]<|/det|>\nTwo\nlines.\n\n"
            "<|ref|>equation<|/ref|><|det|>[[0, 310, 999, 340]]<|/det|>\n\\[a=b\\]");
  EXPECT_EQ(format_target({}, AnswerTarget::kGrounded, 0).text, "");
}

TEST(Target, IsReadBackExactly) {
  std::vector<Block> blocks = page();
  blocks[1].text = "# not a mark, \xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d";
  const std::string text = format_target(blocks, AnswerTarget::kGrounded, 0).text;
  std::vector<Block> read = parse_grounded(text);
  ASSERT_EQ(read.size(), 4u);
  EXPECT_EQ(read[0].text, blocks[1].text);
  EXPECT_EQ(read[0].box, blocks[1].box);
  EXPECT_EQ(read[1].category, "image");
  EXPECT_EQ(read[2].text, "Two\nlines.");
  EXPECT_EQ(read[3].text, "a=b");
  EXPECT_EQ(format_target(read, AnswerTarget::kGrounded, 0).text, text);
}

TEST(Target, WhatNobodyIsSureOfIsWrittenAndMasked) {
  std::vector<Block> blocks = page();
  blocks[0].confidence = 0.4F;
  blocks[1].confidence = 0.9F;
  blocks[3].confidence = 0.4F;
  const TargetText plain = format_target(blocks, AnswerTarget::kPlain, 0.5F);
  EXPECT_EQ(plain.text, target(AnswerTarget::kPlain));
  ASSERT_EQ(plain.masked.size(), 2u);
  EXPECT_EQ(
      plain.text.substr(plain.masked[0].first, plain.masked[0].second - plain.masked[0].first),
      "Two\nlines.\n");
  EXPECT_EQ(plain.masked[1], std::pair(plain.text.size() - 3, plain.text.size()));
  // A confidence that is not said is not below: the image stays.
  EXPECT_TRUE(format_target(page(), AnswerTarget::kGrounded, 1).masked.empty());
}

TEST(Target, RefusesTextsThatHoldReferences) {
  std::vector<Block> blocks = page();
  blocks[0].text = "see <|ref|>";
  EXPECT_EQ(test::thrown_message([&] { format_target(blocks, AnswerTarget::kPlain, 0); }),
            "a label has <|ref|> in its text");
}

TEST(Target, ParsesOnlyReferencesWithOneBox) {
  EXPECT_EQ(
      parse_grounded("before <|ref|>text<|/ref|><|det|>[[1, 2, 3, 4], [5, 6, 7, 8]]<|/det|>\nx")
          .size(),
      0u);
  EXPECT_EQ(parse_grounded("<|ref|>text<|/ref|><|det|>[[1, 2, 3]]<|/det|>\nx").size(), 0u);
  EXPECT_TRUE(parse_grounded("").empty());
}

TEST(Target, ThresholdIsNotedBesideOtherMetaData) {
  const std::string meta = with_threshold("{\"source\":\"scan\"}", 0.75);
  EXPECT_EQ(meta, "{\"source\":\"scan\",\"labels_keep_over\":0.75}");
  EXPECT_EQ(noted_threshold(meta), 0.75);
  EXPECT_EQ(noted_threshold(with_threshold("", 0.5)), 0.5);
  EXPECT_EQ(noted_threshold("{\"a\":1}"), 0);
  EXPECT_EQ(noted_threshold(""), 0);
}

}  // namespace
}  // namespace dsocr::data
