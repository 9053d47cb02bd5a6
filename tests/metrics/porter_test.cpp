#include "eval/metrics/porter.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "eval/normalize/unicode.h"
#include "tests/support/read_json.h"

namespace dsocr::metrics {
namespace {

std::string stem(std::string_view word) { return encode_utf8(porter_stem(decode_utf8(word))); }

TEST(Porter, LeavesShortWordsAndTheEmptyWordAlone) {
  for (const char* word : {"", "s", "is", "as", "by", "ed", "é"}) EXPECT_EQ(stem(word), word);
}

TEST(Porter, KnowsTheIrregularForms) {
  const std::pair<const char*, const char*> forms[] = {
      {"skies", "sky"},     {"dying", "die"},        {"news", "news"}, {"innings", "inning"},
      {"outing", "outing"}, {"cannings", "canning"}, {"howe", "howe"}, {"proceed", "proceed"},
      {"exceed", "exceed"}, {"succeed", "succeed"}};
  for (const auto& [word, expected] : forms) EXPECT_EQ(stem(word), expected);
}

TEST(Porter, FollowsThePaper) {
  const std::pair<const char*, const char*> forms[] = {
      {"caresses", "caress"},   {"cats", "cat"},          {"agreed", "agre"},    {"feed", "feed"},
      {"plastered", "plaster"}, {"bled", "bled"},         {"motoring", "motor"}, {"sing", "sing"},
      {"conflated", "conflat"}, {"hopping", "hop"},       {"falling", "fall"},   {"filing", "file"},
      {"relational", "relat"},  {"electrical", "electr"}, {"adoption", "adopt"}, {"rate", "rate"},
      {"controll", "control"},  {"roll", "roll"}};
  for (const auto& [word, expected] : forms) EXPECT_EQ(stem(word), expected);
}

TEST(Porter, HasTheExtensionsOfNltk) {
  EXPECT_EQ(stem("dies"), "die");
  EXPECT_EQ(stem("flies"), "fli");
  EXPECT_EQ(stem("spied"), "spi");
  EXPECT_EQ(stem("enjoy"), "enjoy");
  EXPECT_EQ(stem("try"), "tri");
  EXPECT_EQ(stem("geology"), "geolog");
  EXPECT_EQ(stem("nationally"), "nation");
  EXPECT_EQ(stem("aed"), "a");
}

TEST(Porter, TakesOtherCharactersForConsonants) {
  EXPECT_EQ(stem("cafés"), "café");
  EXPECT_EQ(stem("éed"), "éed");
  EXPECT_EQ(stem("running,"), "running,");
  EXPECT_EQ(stem("dogs'"), "dogs'");
  EXPECT_EQ(stem("中文s"), "中文");
}

TEST(Porter, CountsAnAlternatingRunOfY) {
  // In "yyed" the second y is a vowel, so the ending may go; in "yed" there is none.
  EXPECT_EQ(stem("yyed"), "yy");
  EXPECT_EQ(stem("yed"), "yed");
  EXPECT_EQ(porter_stem(std::u32string(100000, U'y')).size(), 100000U);
}

TEST(Porter, AgreesWithNltk) {
  const auto golden = test::read_json(test::golden_dir() / "fox/porter_vectors.json");
  for (const auto& pair : golden.at("vectors"))
    EXPECT_EQ(stem(pair.at(0).get<std::string>()), pair.at(1).get<std::string>());
}

}  // namespace
}  // namespace dsocr::metrics
