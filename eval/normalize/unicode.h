#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

// Unicode as Python 3 sees it: the metrics are defined by what its `str` methods do.
namespace dsocr::metrics {

/// Code points of a text; tokens are views into the text that they were cut from.
using Tokens = std::vector<std::u32string_view>;

/// UTF-8 to code points. Throws std::invalid_argument with the byte offset of the first bad
/// sequence.
std::u32string decode_utf8(std::string_view bytes);

/// Code points to UTF-8. Lone surrogates and values above U+10FFFF throw std::invalid_argument.
std::string encode_utf8(std::u32string_view text);

/// True for the characters that Python's str.split() and str.strip() take as white space
/// (spec: Fox, section 3): U+0009-000D, 001C-0020, 0085, 00A0, 1680, 2000-200A, 2028, 2029, 202F,
/// 205F, 3000.
constexpr bool is_python_space(char32_t c) {
  if (c <= 0x20) return (c >= 0x09 && c <= 0x0D) || c >= 0x1C;
  if (c < 0x1680) return c == 0x85 || c == 0xA0;
  return c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
         c == 0x205F || c == 0x3000;
}

/// General category L (letters), N (numbers) or M (combining marks) of the Unicode version of ICU.
bool is_letter(char32_t c);
bool is_number(char32_t c);
bool is_mark(char32_t c);

/// str.split(): maximal runs of characters that are not white space.
Tokens split_whitespace(std::u32string_view text);

/// str.lower(): full case mapping of the root locale, with the final sigma rule.
std::u32string to_lower(std::u32string_view text);

/// unicodedata.normalize("NFKC", text), and with "NFC" and "NFD".
std::u32string to_nfkc(std::u32string_view text);
std::u32string to_nfc(std::u32string_view text);
std::u32string to_nfd(std::u32string_view text);

/// Value 0..9 of a decimal digit of any script (category Nd), -1 for everything else.
int decimal_digit(char32_t c);

/// Version of the Unicode data behind these functions, "15.0".
std::string unicode_version();

}  // namespace dsocr::metrics
