#include "eval/metrics/capacity.h"

#include <gtest/gtest.h>

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "eval/metrics/edit_distance.h"
#include "eval/normalize/unicode.h"
#include "tests/support/read_json.h"

namespace dsocr::metrics {
namespace {

using Texts = std::vector<std::u32string>;

TEST(Capacity, FollowsTheSymmetricChannel) {
  EXPECT_DOUBLE_EQ(bits_per_vision_token(100, 2, 0.0, 10), 10.0);  // one bit per character
  EXPECT_DOUBLE_EQ(bits_per_vision_token(640, 64, 0.0, 64), 60.0);
  // 2 - H2(1/4) - 1/4 log2 3 = 0.792481...
  EXPECT_NEAR(bits_per_vision_token(1, 4, 0.25, 1), 0.792481250360578, 1e-12);
}

TEST(Capacity, IsZeroFromGuessingOn) {
  EXPECT_EQ(bits_per_vision_token(100, 4, 0.75, 10), 0.0);
  EXPECT_EQ(bits_per_vision_token(100, 4, 1.0, 10), 0.0);
  EXPECT_EQ(bits_per_vision_token(100, 1, 0.0, 10), 0.0);
  EXPECT_EQ(bits_per_vision_token(0, 53, 0.1, 10), 0.0);
  EXPECT_GT(bits_per_vision_token(100, 4, 0.749, 10), 0.0);
}

TEST(Capacity, RejectsWhatHasNoMeaning) {
  EXPECT_THROW(bits_per_vision_token(1, 0, 0.1, 1), std::invalid_argument);
  EXPECT_THROW(bits_per_vision_token(1, 2, 0.1, 0), std::invalid_argument);
  EXPECT_THROW(bits_per_vision_token(-1, 2, 0.1, 1), std::invalid_argument);
  EXPECT_THROW(bits_per_vision_token(1, 2, -0.1, 1), std::invalid_argument);
  EXPECT_THROW(bits_per_vision_token(1, 2, 1.1, 1), std::invalid_argument);
}

TEST(Capacity, MeasuresAnAlphabetOverAllTexts) {
  const auto empty = measure_alphabet(Texts{});
  EXPECT_EQ(empty.symbols, 0U);
  EXPECT_EQ(empty.entropy_bits, 0.0);
  const auto found = measure_alphabet(Texts{U"aab", U"", U"b \u4E2Dab"});  // 3 a, 3 b, 2 others
  EXPECT_EQ(found.symbols, 4U);
  EXPECT_NEAR(found.entropy_bits, 1.811278124459133, 1e-12);
  EXPECT_EQ(measure_alphabet(Texts{U"aaaa"}).entropy_bits, 0.0);
}

TEST(Capacity, NeedsEnoughTextToCallItUniform) {
  std::u32string letters;
  for (char32_t c = U'a'; c <= U'z'; ++c) letters += {c, U' '};
  EXPECT_FALSE(is_uniform_text(Texts{}));
  EXPECT_FALSE(is_uniform_text(Texts(19, letters)));
  EXPECT_TRUE(is_uniform_text(Texts(20, letters)));
  EXPECT_FALSE(is_uniform_text(Texts{std::u32string(1000, U'a')}));
  EXPECT_FALSE(is_uniform_text(Texts{letters, std::u32string(500, U'e')}));
}

std::map<std::string, std::u32string> texts_of(const std::string& file, const char* field) {
  std::map<std::string, std::u32string> texts;
  for (const auto& page : test::read_json(test::shared_dir() / "data/fox" / file))
    texts[page.at("image")] = decode_utf8(page.at(field).get<std::string>());
  return texts;
}

Texts values(const std::map<std::string, std::u32string>& pages) {
  Texts texts;
  for (const auto& [image, text] : pages) texts.push_back(text);
  return texts;
}

TEST(Capacity, TellsRandomTargetsFromNaturalOnes) {
  DSOCR_REQUIRE_SHARED("data/fox/targets/random.json");
  const Texts random = values(texts_of("targets/random.json", "text"));
  EXPECT_TRUE(is_uniform_text(random));
  EXPECT_EQ(measure_alphabet(random).symbols, 53U);
  for (const char* file : {"sentence", "shuffle_5", "swap_5"}) {
    const Texts texts = values(texts_of(std::string("targets/") + file + ".json", "text"));
    EXPECT_FALSE(is_uniform_text(texts)) << file;
    for (const auto& text : texts) EXPECT_FALSE(is_uniform_text(Texts{text})) << file;
  }
}

// spec: Fox, section 5: 63 bits per vision token in both modes.
TEST(Capacity, GivesThePublishedFiguresFromTheMeans) {
  DSOCR_REQUIRE_SHARED("data/fox/targets/random.json");
  const auto targets = texts_of("targets/random.json", "text");
  const auto bits = [&](const std::string& run, size_t vision_tokens) {
    double num_chars = 0.0;
    double error_rate = 0.0;
    for (const auto& [image, prediction] : texts_of("predictions/" + run + ".json", "pred")) {
      const auto& target = targets.at(image);
      num_chars += static_cast<double>(target.size());
      error_rate += normalised_edit_distance(target, prediction);
    }
    const auto num_pages = static_cast<double>(targets.size());
    return bits_per_vision_token(num_chars / num_pages, 53, error_rate / num_pages, vision_tokens);
  };
  EXPECT_NEAR(bits("random_tiny", 64), 63.2813, 1e-3);
  EXPECT_NEAR(bits("random_small", 100), 63.0839, 1e-3);
}

}  // namespace
}  // namespace dsocr::metrics
