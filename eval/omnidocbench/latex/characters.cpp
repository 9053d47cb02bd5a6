#include "eval/omnidocbench/latex/characters.h"

#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/unistr.h>

#include <array>

#include "eval/omnidocbench/latex/latex_to_text.h"

namespace dsocr::omnidocbench::latex {

namespace {

icu::UnicodeString to_icu(std::u32string_view text) {
  icu::UnicodeString converted;
  for (const char32_t c : text) converted.append(static_cast<UChar32>(c));
  return converted;
}

std::u32string from_icu(const icu::UnicodeString& text) {
  std::u32string converted;
  for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    converted.push_back(static_cast<char32_t>(text.char32At(i)));
  }
  return converted;
}

const icu::Normalizer2& nfc() {
  static const icu::Normalizer2& normalizer = [&]() -> const icu::Normalizer2& {
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* instance = icu::Normalizer2::getNFCInstance(status);
    if (U_FAILURE(status)) throw std::runtime_error("ICU has no data for NFC");
    return *instance;
  }();
  return normalizer;
}

// Letters that Unicode had before the block of mathematical alphabets, where they are left out.
struct Exception {
  char32_t letter;
  char32_t symbol;
};

struct Alphabet {
  std::u32string_view name;
  char32_t upper;
  char32_t lower;
  std::array<Exception, 11> exceptions;
};

constexpr std::array<Alphabet, 7> kAlphabets = {{
    {U"bold", 0x1D400, 0x1D41A, {}},
    {U"italic", 0x1D434, 0x1D44E, {{{U'h', 0x210E}}}},
    {U"script",
     0x1D49C,
     0x1D4B6,
     {{{U'B', 0x212C},
       {U'E', 0x2130},
       {U'F', 0x2131},
       {U'H', 0x210B},
       {U'I', 0x2110},
       {U'L', 0x2112},
       {U'M', 0x2133},
       {U'R', 0x211B},
       {U'e', 0x212F},
       {U'g', 0x210A},
       {U'o', 0x2134}}}},
    {U"fraktur",
     0x1D504,
     0x1D51E,
     {{{U'C', 0x212D}, {U'H', 0x210C}, {U'I', 0x2111}, {U'R', 0x211C}, {U'Z', 0x2128}}}},
    {U"doublestruck",
     0x1D538,
     0x1D552,
     {{{U'C', 0x2102},
       {U'H', 0x210D},
       {U'N', 0x2115},
       {U'P', 0x2119},
       {U'Q', 0x211A},
       {U'R', 0x211D},
       {U'Z', 0x2124}}}},
    {U"sans", 0x1D5A0, 0x1D5BA, {}},
    {U"monospace", 0x1D670, 0x1D68A, {}},
}};

char32_t letter_in(const Alphabet& alphabet, char32_t c) {
  for (const Exception& exception : alphabet.exceptions) {
    if (exception.letter == c) return exception.symbol;
  }
  if (c >= U'A' && c <= U'Z') return alphabet.upper + (c - U'A');
  if (c >= U'a' && c <= U'z') return alphabet.lower + (c - U'a');
  return c;
}

}  // namespace

std::u32string accented(char32_t character, char32_t mark) {
  if (character == 0x131) character = U'i';
  if (character == 0x237) character = U'j';
  if (character < 0x80) {
    const UChar32 pair =
        nfc().composePair(static_cast<UChar32>(character), static_cast<UChar32>(mark));
    if (pair >= 0) return {static_cast<char32_t>(pair)};
    return {character, mark};
  }
  const std::u32string both = {character, mark};
  UErrorCode status = U_ZERO_ERROR;
  const icu::UnicodeString composed = nfc().normalize(to_icu(both), status);
  return U_FAILURE(status) ? both : from_icu(composed);
}

std::u32string in_alphabet(std::u32string_view text, std::u32string_view alphabet) {
  for (const Alphabet& known : kAlphabets) {
    if (known.name != alphabet) continue;
    std::u32string styled(text);
    for (char32_t& c : styled) c = letter_in(known, c);
    return styled;
  }
  throw LatexError("unknown mathematical alphabet");
}

std::u32string to_upper(std::u32string_view text) {
  return from_icu(to_icu(text).toUpper(icu::Locale::getRoot()));
}

}  // namespace dsocr::omnidocbench::latex
