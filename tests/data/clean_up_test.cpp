#include "data/text/clean_up.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/read_json.h"

namespace dsocr::data {
namespace {

nlohmann::json text_or_null(const std::optional<std::string>& text) {
  return text ? nlohmann::json(*text) : nlohmann::json();
}

TEST(CleanUp, AgreesWithTheOfficialCode) {
  const auto pages = test::read_json(test::golden_dir() / "tables" / "postprocess.json");
  ASSERT_EQ(pages.size(), 5U);
  for (const auto& page : pages) {
    const auto input = page["input"].get<std::string>();
    EXPECT_EQ(nlohmann::json(clean_up_image(input)), page["hf_result"]);
    EXPECT_EQ(nlohmann::json(clean_up_omnidocbench(input)), page["eval_batch_result"]);
    EXPECT_EQ(text_or_null(clean_up_pdf_page(input, 0)), page["pdf_page_result"]);
    EXPECT_EQ(text_or_null(clean_up_pdf_page(input, 0, /*skip_repeat=*/false)),
              page["pdf_page_result_skip_repeat_off"]);
  }
}

const std::string kText = "<|ref|>text<|/ref|><|det|>[[1, 2, 3, 4]]<|/det|>";
const std::string kImage = "<|ref|>image<|/ref|><|det|>[[1, 2, 3, 4]]<|/det|>";
const std::string kEos(kEosText);

TEST(CleanUp, ImageStripsLikePython) {
  EXPECT_EQ(clean_up_image(" \n\u3000\u00a0\x1f"
                           "a \u4f60\u2003\u0085\t"),
            "a \u4f60");
  EXPECT_EQ(clean_up_image("a\u200b " + kEos), "a\u200b");
  EXPECT_EQ(clean_up_image("a" + kEos + kEos), "a" + kEos);
  EXPECT_EQ(clean_up_image("a" + kEos + "\n"), "a" + kEos);
  EXPECT_EQ(clean_up_image("\xff \xe2\x80"), "\xff \xe2\x80");
  EXPECT_EQ(clean_up_image(" \n"), "");
}

TEST(CleanUp, SymbolsAreReplacedOnlyBesideAReference) {
  EXPECT_EQ(clean_up_image("\\coloneqq" + kImage), "\\coloneqq![](images/0.jpg)\n");
  EXPECT_EQ(clean_up_image("\\coloneqq \\eqqcolon" + kText), ":= =:");
}

TEST(CleanUp, EqualReferencesAreReplacedByTheFirst) {
  EXPECT_EQ(clean_up_image(kImage + "a" + kImage), "![](images/0.jpg)\na![](images/0.jpg)\n");
}

TEST(CleanUp, PdfPage) {
  EXPECT_EQ(clean_up_pdf_page("  a" + kEos + "b", 7), "  ab");
  EXPECT_EQ(clean_up_pdf_page(kImage + kImage + kEos, 12),
            "![](images/12_0.jpg)\n![](images/12_0.jpg)\n");
  EXPECT_EQ(clean_up_pdf_page("a", 0), std::nullopt);
  EXPECT_EQ(clean_up_pdf_page("", 0), std::nullopt);
}

TEST(CleanUp, FormulasOfOmniDocBench) {
  const auto expect = [](const std::string& input, const std::string& output) {
    EXPECT_EQ(clean_up_omnidocbench(input), output) << input;
  };
  expect("\\[ a \\quad (1) \\]", "\\[a\\]");
  expect("\\[a\\quad\u3000(1)\\quad (2) b\\]", "\\[a b\\]");
  expect("\\[a \\quad b \\quad ((1) )\\]", "\\[a \\quad b  )\\]");
  expect("\\[a \\qquad (1)\\]", "\\[a \\qquad (1)\\]");
  expect("\\[a \\quad (1\\]", "\\[a \\quad (1\\]");
  expect("\\[ \\] \\[ b \\] \\[ c", "\\[\\] \\[b\\] \\[ c");
  expect("\\[ \\[ a \\]", "\\[\\[ a\\]");
  expect("\\[ a \n \\] \\[ b \\]\n", "\\[ a \n \\] \\[b\\]\n");
  expect("\\quad (1)", "\\quad (1)");
  expect(kText + "\n\n\n\n\n<center>a</center>", "\n\na");
}

TEST(CleanUp, ManyFormulasWithoutEndTakeLinearTime) {
  std::string text;
  for (int i = 0; i < 300'000; ++i) text += "\\[ a\n";
  text += "\\]";
  EXPECT_EQ(clean_up_omnidocbench(text), text);
}

}  // namespace
}  // namespace dsocr::data
