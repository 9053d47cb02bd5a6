#include "eval/metrics/edit_distance.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace dsocr::metrics {
namespace {

// The textbook matrix, one row at a time.
size_t plain_distance(std::u32string_view a, std::u32string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j + 1] + 1, row[j] + 1, replaced});
    }
  }
  return row.back();
}

class RandomText {
 public:
  explicit RandomText(uint32_t seed) : engine_(seed) {}

  size_t below(size_t bound) { return engine_() % bound; }

  char32_t symbol(size_t alphabet) {
    // Latin, Han and non-BMP symbols take different look-ups.
    constexpr char32_t kFirst[] = {U'a', 0x4E00, 0x1F300};
    return kFirst[engine_() % 3] + static_cast<char32_t>(below(alphabet));
  }

  std::u32string text(size_t length, size_t alphabet) {
    std::u32string result;
    for (size_t i = 0; i < length; ++i) result.push_back(symbol(alphabet));
    return result;
  }

  // A copy with some symbols replaced, inserted and removed, and passages repeated and lost.
  std::u32string damaged(std::u32string text, size_t num_edits, size_t alphabet) {
    for (size_t i = 0; i < num_edits; ++i) {
      const size_t at = below(text.size() + 1), length = below(text.size() - at + 1);
      switch (below(10)) {
        case 0:
          text.insert(at, text.substr(at, std::min<size_t>(length, 90)));
          break;
        case 1:
          text.erase(at, std::min<size_t>(length, 90));
          break;
        case 2:
        case 3:
        case 4:
          text.insert(at, 1, symbol(alphabet));
          break;
        case 5:
        case 6:
          text.erase(at, length > 0);
          break;
        default:
          if (at < text.size()) text[at] = symbol(alphabet);
      }
    }
    return text;
  }

 private:
  std::mt19937 engine_;
};

TEST(EditDistance, MatchesHandCounts) {
  EXPECT_EQ(edit_distance(U"", U""), 0u);
  EXPECT_EQ(edit_distance(U"", U"abc"), 3u);
  EXPECT_EQ(edit_distance(U"abc", U""), 3u);
  EXPECT_EQ(edit_distance(U"abc", U"abc"), 0u);
  EXPECT_EQ(edit_distance(U"harbour", U"harbor"), 1u);
  EXPECT_EQ(edit_distance(U"saturday", U"sunday"), 3u);
  EXPECT_EQ(edit_distance(U"ab", U"ba"), 2u);  // no transposition
  EXPECT_EQ(edit_distance(U"abcabcabc", U"abc"), 6u);
}

TEST(EditDistance, CountsCodePoints) {
  EXPECT_EQ(edit_distance(U"שלום", U"שלם"), 1u);
  EXPECT_EQ(edit_distance(U"مرحبا", U"مرحب!"), 1u);
  // A composed letter against letter and mark: one replaced, one added.
  EXPECT_EQ(edit_distance(U"caf\u00E9", U"cafe\u0301"), 2u);
  EXPECT_EQ(edit_distance(U"😀😁", U"😀"), 1u);
  // A family emoji is four persons and three joiners.
  EXPECT_EQ(edit_distance(U"👨\u200D👩\u200D👧\u200D👦", U"👨"), 6u);
  EXPECT_EQ(edit_distance(U"\u4E00", U"\U00014E00"), 1u);  // no confusion of the low 16 bits
}

TEST(EditDistance, AgreesWithThePlainMatrixAtBlockEdges) {
  RandomText random(1);
  constexpr size_t kLengths[] = {0, 1, 2, 63, 64, 65, 127, 128, 129, 193};
  for (const size_t alphabet : {1U, 2U, 26U, 200U})
    for (const size_t a_length : kLengths)
      for (const size_t b_length : kLengths) {
        const std::u32string a = random.text(a_length, alphabet),
                             b = random.text(b_length, alphabet);
        ASSERT_EQ(edit_distance(a, b), plain_distance(a, b)) << a_length << " x " << b_length;
      }
}

TEST(EditDistance, AgreesWithThePlainMatrixOnDamagedCopies) {
  RandomText random(2);
  for (int round = 0; round < 600; ++round) {
    const size_t alphabet = 1 + random.below(round % 2 == 0 ? 4 : 500);
    const std::u32string a = random.text(random.below(600), alphabet);
    const std::u32string b = random.damaged(a, random.below(round % 3 == 0 ? 5 : 100), alphabet);
    const size_t expected = plain_distance(a, b);
    ASSERT_EQ(edit_distance(a, b), expected) << "round " << round;
    ASSERT_EQ(edit_distance(b, a), expected) << "round " << round;
  }
}

TEST(EditDistance, AgreesWithThePlainMatrixOnLongTexts) {
  RandomText random(3);
  for (const size_t alphabet : {3U, 30U, 2000U}) {
    const std::u32string a = random.text(3000, alphabet);
    const std::u32string unrelated = random.text(2500, alphabet);
    const std::u32string loop = a.substr(0, 1500) + a.substr(1000, 500) + a.substr(1000, 500) + a;
    const std::u32string near = random.damaged(a, 40, alphabet);
    EXPECT_EQ(edit_distance(a, near), plain_distance(a, near));
    EXPECT_EQ(edit_distance(a, unrelated), plain_distance(a, unrelated));
    EXPECT_EQ(edit_distance(a, loop), plain_distance(a, loop));
    EXPECT_EQ(edit_distance(loop, unrelated), plain_distance(loop, unrelated));
  }
}

TEST(EditDistance, WorksOnTokenIds) {
  const std::vector<uint32_t> a{7, 0, 4000000000u, 3}, b{7, 4000000000u, 3, 9};
  EXPECT_EQ(edit_distance(a, b), 2u);
  EXPECT_EQ(edit_distance(std::span<const uint32_t>(), a), 4u);

  // Every id once, as in a page of distinct words: all symbols are rare.
  std::vector<uint32_t> page(3000);
  for (size_t i = 0; i < page.size(); ++i) page[i] = static_cast<uint32_t>(i);
  std::vector<uint32_t> shifted(page.begin() + 10, page.end());
  shifted.insert(shifted.end(), page.begin(), page.begin() + 10);
  EXPECT_EQ(edit_distance(page, shifted), 20u);
}

TEST(NormalisedEditDistance, DividesByTheLongerText) {
  EXPECT_EQ(normalised_edit_distance(U"", U""), 0.0);
  EXPECT_EQ(normalised_edit_distance(U"", U"ab"), 1.0);
  EXPECT_EQ(normalised_edit_distance(U"abcd", U"abc"), 1.0 / 4);
  EXPECT_EQ(normalised_edit_distance(U"saturday", U"sunday"), 3.0 / 8);
}

}  // namespace
}  // namespace dsocr::metrics
