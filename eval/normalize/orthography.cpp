#include "eval/normalize/orthography.h"

#include <algorithm>
#include <array>

#include "eval/normalize/unicode.h"

namespace dsocr::metrics {
namespace {

struct Range {
  char32_t first, last;
};

template <std::size_t N>
bool is_in(char32_t c, const std::array<Range, N>& ranges) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [c](const Range& range) { return c >= range.first && c <= range.last; });
}

// Soft hyphen, Arabic letter mark, zero width space, marks of direction, word joiner and invisible
// operators, byte order mark.
constexpr std::array kInvisible{Range{0xAD, 0xAD},     Range{0x61C, 0x61C},   Range{0x200B, 0x200B},
                                Range{0x200E, 0x200F}, Range{0x202A, 0x202E}, Range{0x2060, 0x2069},
                                Range{0xFEFF, 0xFEFF}};

// Hebrew cantillation and points but not the punctuation between them (maqaf, paseq, sof pasuq,
// nun hafukha); Arabic signs of honour, tashkil and Quranic marks but not maddah and hamza (U+0653
// to 0655), which make other letters; Syriac points.
constexpr std::array kPoints{Range{0x591, 0x5BD}, Range{0x5BF, 0x5BF}, Range{0x5C1, 0x5C2},
                             Range{0x5C4, 0x5C5}, Range{0x5C7, 0x5C7}, Range{0x610, 0x61A},
                             Range{0x64B, 0x652}, Range{0x656, 0x65F}, Range{0x670, 0x670},
                             Range{0x6D6, 0x6DC}, Range{0x6DF, 0x6E4}, Range{0x6E7, 0x6E8},
                             Range{0x6EA, 0x6ED}, Range{0x711, 0x711}, Range{0x730, 0x74A},
                             Range{0x8D3, 0x8E1}, Range{0x8E3, 0x8FF}};

constexpr std::array kAccents{Range{0x300, 0x36F}};
constexpr std::array kJoiners{Range{0x200C, 0x200D}};
constexpr char32_t kTatweel = 0x640;

}  // namespace

std::u32string normalise_orthography(std::u32string_view text, const Orthography& orthography) {
  std::u32string letters = orthography.compatibility ? to_nfkc(text) : to_nfc(text);
  if (orthography.remove_accents) letters = to_nfd(letters);
  std::erase_if(letters, [&](char32_t c) {
    return is_in(c, kInvisible) || (orthography.remove_points && is_in(c, kPoints)) ||
           (orthography.remove_accents && is_in(c, kAccents)) ||
           (orthography.remove_joiners && is_in(c, kJoiners)) ||
           (orthography.remove_tatweel && c == kTatweel);
  });
  if (orthography.ignore_case) letters = to_lower(letters);
  // What stood between a letter and its mark may be gone.
  letters = to_nfc(letters);
  if (orthography.unify_digits)
    for (char32_t& c : letters)
      if (const int digit = decimal_digit(c); digit >= 0) c = U'0' + static_cast<char32_t>(digit);
  std::u32string result;
  for (const std::u32string_view word : split_whitespace(letters)) {
    if (!result.empty()) result += U' ';
    result += word;
  }
  return result;
}

std::string describe(const Orthography& orthography) {
  std::string text = orthography.compatibility ? "NFKC" : "NFC";
  const auto add = [&](bool is_on, const char* what) {
    if (is_on) text += std::string(", ") + what;
  };
  add(orthography.unify_digits, "digits unified");
  add(orthography.remove_points, "without points");
  add(orthography.remove_accents, "without accents");
  add(orthography.remove_joiners, "without joiners");
  add(orthography.remove_tatweel, "without tatweel");
  add(orthography.ignore_case, "lower case");
  return text;
}

}  // namespace dsocr::metrics
