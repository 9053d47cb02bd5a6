// Ids and texts of the reference library; see make_tokenizer_vectors.py in tests/golden.
#include <gtest/gtest.h>

#include <future>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "configs/build_info.h"
#include "data/text/tokenizer.h"
#include "tests/support/read_json.h"

namespace dsocr::data {
namespace {

using Ids = std::vector<int32_t>;

const Tokenizer& tiny() {
  static const Tokenizer tokenizer =
      Tokenizer::load(test::golden_dir() / "tokenizer" / "tiny_tokenizer.json");
  return tokenizer;
}

const Tokenizer& ocr() {
  static const Tokenizer tokenizer =
      Tokenizer::load(configs::deps_dir() / "share" / "deepseek-ocr" / "tokenizer.json");
  return tokenizer;
}

void expect_vectors(const Tokenizer& tokenizer, const std::string& file) {
  const auto golden = test::read_json(test::golden_dir() / "tokenizer" / file);
  ASSERT_FALSE(golden["encode"].empty());
  ASSERT_FALSE(golden["decode"].empty());
  for (const auto& vector : golden["encode"]) {
    const auto text = vector["text"].get<std::string>();
    const auto ids = vector["ids"].get<Ids>();
    EXPECT_EQ(tokenizer.encode(text), ids) << text;
    EXPECT_EQ(tokenizer.decode(ids), vector["decoded"].get<std::string>());
    EXPECT_EQ(tokenizer.decode(ids, /*skip_special=*/true),
              vector["decoded_skip_special"].get<std::string>());
  }
  for (const auto& vector : golden["decode"]) {
    EXPECT_EQ(tokenizer.decode(vector["ids"].get<Ids>()), vector["decoded"].get<std::string>());
  }
}

TEST(TokenizerGolden, TinyVocabulary) { expect_vectors(tiny(), "tiny_vectors.json"); }

TEST(TokenizerGolden, RealVocabulary) { expect_vectors(ocr(), "ocr_vectors.json"); }

TEST(TokenizerGolden, OddUnicode) {
  const auto golden = test::read_json(test::golden_dir() / "tokenizer" / "unicode_vectors.json");
  ASSERT_EQ(golden["vectors"].size(), 400U);
  for (const auto& vector : golden["vectors"]) {
    const auto text = vector[0].get<std::string>();
    const auto ids = vector[1].get<Ids>();
    EXPECT_EQ(ocr().encode(text), ids) << vector[0].dump(-1, ' ', true);
    EXPECT_EQ(ocr().decode(ids), text);
    EXPECT_EQ(tiny().decode(tiny().encode(text)), text);
  }
}

TEST(TokenizerGolden, RealVocabularyHasTheTokensOfTheModel) {
  EXPECT_EQ(ocr().vocab_size(), 128827U);
  EXPECT_EQ(ocr().token_id("<image>"), 128815);
  EXPECT_EQ(ocr().token_id("<|grounding|>"), 128820);
  EXPECT_EQ(ocr().token_id("<|Assistant|>"), 128826);
  EXPECT_EQ(ocr().token_id("\u0120the"), ocr().encode(" the").front());
  EXPECT_EQ(ocr().token_id("<nothing>"), std::nullopt);
  EXPECT_TRUE(ocr().is_special(128815));
  EXPECT_FALSE(ocr().is_special(128803));  // "<User>" with full-width bars
  EXPECT_FALSE(ocr().is_special(5));
  EXPECT_FALSE(ocr().is_special(-1));
}

TEST(TokenizerGolden, FoxTokenCounts) {
  DSOCR_REQUIRE_SHARED("data/fox/token_counts.json");
  std::map<std::string, size_t> counts;
  for (const auto& page : test::read_json(test::shared_dir() / "data/fox/token_counts.json")) {
    counts[page["image"].get<std::string>()] = page["tokens_no_bos"].get<size_t>();
  }
  ASSERT_EQ(counts.size(), 112U);
  for (const auto& page : test::read_json(test::shared_dir() / "data/fox/en_page_ocr.json")) {
    const auto image = page["image"].get<std::string>();
    const auto text = page["conversations"][1]["value"].get<std::string>();
    EXPECT_EQ(ocr().encode(text).size(), counts.at(image)) << image;
    counts.erase(image);
  }
  EXPECT_TRUE(counts.empty());
}

TEST(TokenizerGolden, ThreadsAgreeOnAFreshTokenizer) {
  const auto golden = test::read_json(test::golden_dir() / "tokenizer" / "unicode_vectors.json");
  const auto file = configs::deps_dir() / "share" / "deepseek-ocr" / "tokenizer.json";
  const Tokenizer fresh = Tokenizer::load(file);
  std::vector<std::future<size_t>> threads;
  for (size_t thread = 0; thread < 8; ++thread) {
    threads.push_back(std::async(std::launch::async, [&golden, &fresh, thread] {
      size_t num_wrong = 0;
      const auto& vectors = golden["vectors"];
      for (size_t i = 0; i < vectors.size(); ++i) {
        // Each thread starts elsewhere, so that they learn about tokens in different orders.
        const auto& vector = vectors[(i + 50 * thread) % vectors.size()];
        if (fresh.encode(vector[0].get<std::string>()) != vector[1].get<Ids>()) ++num_wrong;
      }
      return num_wrong;
    }));
  }
  for (auto& thread : threads) EXPECT_EQ(thread.get(), 0U);
}

}  // namespace
}  // namespace dsocr::data
