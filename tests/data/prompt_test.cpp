#include "data/text/prompt.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "configs/build_info.h"
#include "data/error.h"
#include "tests/support/read_json.h"
#include "tests/support/temp_dir.h"

namespace dsocr::data {
namespace {

using Ids = std::vector<int32_t>;
using Counts = std::vector<size_t>;

const Tokenizer& ocr() {
  static const Tokenizer tokenizer =
      Tokenizer::load(configs::deps_dir() / "share" / "deepseek-ocr" / "tokenizer.json");
  return tokenizer;
}

std::string error_of(const Tokenizer& tokenizer, std::string_view text, const Counts& counts) {
  try {
    encode_prompt(tokenizer, text, counts);
  } catch (const DataError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Prompt, IdsOfTheReleasePrompts) {
  EXPECT_EQ(encode_prompt(ocr(), "<image>\nFree OCR.", Counts{2}),
            (Ids{0, 128815, 128815, 201, 21431, 126041, 16}));
  EXPECT_EQ(
      encode_prompt(ocr(), "<image>\n<|grounding|>Convert the document to markdown.", Counts{1}),
      (Ids{0, 128815, 201, 128820, 21842, 270, 4940, 304, 2121, 7919, 16}));
}

TEST(Prompt, WhiteSpaceAroundIsStripped) {
  const Ids expected = encode_prompt(ocr(), "<image>\nFree OCR.", Counts{1});
  EXPECT_EQ(encode_prompt(ocr(), "<image>\nFree OCR. ", Counts{1}), expected);
  EXPECT_EQ(encode_prompt(ocr(), "\n\u3000 <image>\nFree OCR.\x1F\u00A0\n ", Counts{1}), expected);
  EXPECT_EQ(encode_prompt(ocr(), " \n ", {}), (Ids{0}));
}

// spec: model, sections 9.2 and 9.3.
TEST(Prompt, ConventionsOfTrainingSamples) {
  const auto sample = [](SampleConvention convention) {
    return encode_sample(ocr(), convention, "<image>\nFree OCR. ", Counts{2}, " Hello world.\n");
  };
  const Ids stripped{0, 128815, 128815, 201, 21431, 126041, 16};
  Ids with_blank = stripped;
  with_blank.push_back(223);
  Ids text = ocr().encode(" Hello world.\n"), bare = ocr().encode("Hello world.");
  text.push_back(1);
  bare.insert(bare.end(), {223, 1});
  EXPECT_EQ(sample(SampleConvention::kOfficial).prompt, stripped);
  EXPECT_EQ(sample(SampleConvention::kOfficial).answer, text);
  EXPECT_EQ(sample(SampleConvention::kUnsloth).prompt, with_blank);
  EXPECT_EQ(sample(SampleConvention::kUnsloth).answer, bare);
  EXPECT_EQ(sample(SampleConvention::kMsSwift).prompt, with_blank);
  EXPECT_EQ(sample(SampleConvention::kMsSwift).answer, text);
}

TEST(Prompt, AnAnswerIsSpelledByItsCharacters) {
  const SampleIds ids = encode_sample(ocr(), SampleConvention::kUnsloth, "<image>", Counts{1},
                                      "\nШла <|ref|>Ш ", /*spelled=*/true);
  Ids expected;
  for (const auto* part : {"Ш", "л", "а", " ", "<|ref|>", "Ш", " "})
    for (const int32_t id : ocr().encode(part)) expected.push_back(id);
  expected.push_back(1);
  EXPECT_EQ(ids.answer, expected);
  EXPECT_EQ(ocr().encode("<|ref|>").size(), 1U);
}

TEST(Prompt, SeveralImagesOrNone) {
  EXPECT_EQ(encode_prompt(ocr(), "Free OCR.", {}).front(), 0);
  EXPECT_EQ(encode_prompt(ocr(), "<image><image>", Counts{1, 2}), (Ids{0, 128815, 128815, 128815}));
  // The pieces are encoded one by one: the blank cannot join what follows the image.
  const Ids ids = encode_prompt(ocr(), "a <image>b", Counts{0});
  Ids expected = {0};
  for (const auto* piece : {"a ", "b"}) {
    for (const int32_t id : ocr().encode(piece)) expected.push_back(id);
  }
  EXPECT_EQ(ids, expected);
}

TEST(Prompt, Errors) {
  EXPECT_EQ(error_of(ocr(), "<image>", {}), "the prompt has 1 <image>, expected 0");
  EXPECT_EQ(error_of(ocr(), "hello", Counts{3}), "the prompt has 0 <image>, expected 1");
  EXPECT_EQ(error_of(ocr(), "\xFF", {}), "text is not valid UTF-8 at byte 0");
  auto file = test::read_json(test::golden_dir() / "tokenizer" / "tiny_tokenizer.json");
  file["added_tokens"][5]["content"] = "<picture>";
  const test::TempDir dir;
  const auto tokenizer = Tokenizer::load(dir.write("tokenizer.json", file.dump()));
  EXPECT_EQ(error_of(tokenizer, "hello", {}), "the tokenizer has no token <image>");
}

}  // namespace
}  // namespace dsocr::data
