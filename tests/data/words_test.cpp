#include "data/render/words.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"

namespace dsocr::data {
namespace {

using test::TempDir;
using test::thrown_message;

std::vector<std::string> split(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

std::string sorted(std::string text) {
  std::sort(text.begin(), text.end());
  return text;
}

// 40 words, of which "a" cannot be distorted.
std::vector<Element> sample() {
  std::string text;
  for (int i = 0; i < 10; ++i)
    text += (i > 0 ? " " : "") + std::string("(abcdefgh), a klmnopq tuvwxyz.");
  return parse_plain(text, true);
}

std::vector<std::string> changed(Distortion distortion, double share, std::uint64_t seed,
                                 const Substitutes& substitutes = {}) {
  std::vector<Element> elements = sample();
  const auto before = split(elements[0].text);
  Random random(seed);
  distort(elements, distortion, share, substitutes, random);
  const auto after = split(elements[0].text);
  EXPECT_EQ(before.size(), after.size());
  std::vector<std::string> words;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (distortion != Distortion::kSubstitute) {
      EXPECT_EQ(sorted(before[i]), sorted(after[i]));
    }
    if (before[i] != after[i]) words.push_back(after[i]);
  }
  return words;
}

TEST(Distort, ShareCountsAllWords) {
  EXPECT_TRUE(changed(Distortion::kSwap, 0.02, 0).empty());
  EXPECT_EQ(changed(Distortion::kSwap, 0.05, 0).size(), 2u);
  EXPECT_EQ(changed(Distortion::kSwap, 0.1, 0).size(), 4u);
  EXPECT_EQ(changed(Distortion::kSwap, 1, 0).size(), 30u);
  EXPECT_EQ(changed(Distortion::kNone, 1, 0).size(), 0u);
}

TEST(Distort, SwapsTwoLettersWithinThePunctuation) {
  for (const std::string& word : changed(Distortion::kSwap, 1, 7)) {
    if (word.size() != 11) continue;
    EXPECT_TRUE(word.starts_with("(") && word.ends_with("),"));
    int moved = 0;
    for (std::size_t i = 0; i < 8; ++i) moved += word[i + 1] != "abcdefgh"[i] ? 1 : 0;
    EXPECT_EQ(moved, 2) << word;
  }
}

TEST(Distort, IsSeeded) {
  EXPECT_EQ(changed(Distortion::kShuffle, 0.3, 1), changed(Distortion::kShuffle, 0.3, 1));
  EXPECT_NE(changed(Distortion::kShuffle, 0.3, 1), changed(Distortion::kShuffle, 0.3, 2));
}

// U+0915 U+093F is one letter to a reader: a vowel sign alone cannot be read.
TEST(Distort, KeepsMarksWithTheirLetters) {
  std::vector<Element> elements = parse_plain("\u0915\u093f\u0924\u093e", true);
  Random random(0);
  distort(elements, Distortion::kSwap, 1, {}, random);
  EXPECT_EQ(elements[0].text, "\u0924\u093e\u0915\u093f");
}

TEST(Distort, SubstitutesWordsOfTheListWithTheirCapitals) {
  const TempDir dir;
  const Substitutes list = read_substitutes(
      dir.write("list.json", R"({"Klmnopq": ["spoon"], "river": ["\u00e9tude"]})"));
  EXPECT_EQ(changed(Distortion::kSubstitute, 1, 0, list), std::vector<std::string>(10, "spoon"));
  std::vector<Element> elements = parse_plain("River, river?", true);
  Random random(0);
  distort(elements, Distortion::kSubstitute, 1, list, random);
  EXPECT_EQ(elements[0].text, "\u00c9tude, \u00e9tude?");
  EXPECT_EQ(thrown_message([&] { read_substitutes(dir.write("bad.json", R"({"a": [1]})")); }),
            (dir.path() / "bad.json").string() + ": sample 'a': has no list of words");
  EXPECT_EQ(
      thrown_message([&] { read_substitutes(dir.write("bad.json", "[]")); }),
      (dir.path() / "bad.json").string() + ": is not a JSON object of word and list of words");
}

TEST(Words, RandomWordsUseAllLettersAndLengths) {
  Random random(1);
  std::map<char, int> letters;
  std::map<std::size_t, int> lengths;
  for (const std::string& word : split(random_words(5000, random))) {
    ++lengths[word.size()];
    for (const char c : word) ++letters[c];
  }
  EXPECT_EQ(letters.size(), 52u);
  ASSERT_EQ(lengths.size(), 10u);
  for (const auto& [length, count] : lengths) EXPECT_NEAR(count, 500, 120) << length;
}

TEST(Words, SaladHasTheFrequenciesOfItsList) {
  const TempDir dir;
  const WordList list =
      WordList::read(dir.write("list.txt", "# words\nthe 60\nof 30\n\nwhale 10\n"));
  Random random(1);
  std::map<std::string, int> counts;
  for (const std::string& word : split(salad(10'000, list, random))) ++counts[word];
  EXPECT_EQ(counts.size(), 3u);
  EXPECT_NEAR(counts["the"], 6000, 200);
  EXPECT_NEAR(counts["whale"], 1000, 120);
  EXPECT_EQ(thrown_message([&] { WordList::read(dir.write("bad.txt", "the 1\nof\n")); }),
            (dir.path() / "bad.txt").string() +
                ": sample 'line 2': is not a word and a count above 0 in UTF-8");
}

}  // namespace
}  // namespace dsocr::data
