#include "eval/normalize/unicode.h"

#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

namespace dsocr::metrics {
namespace {

icu::UnicodeString to_icu(std::u32string_view text) {
  return icu::UnicodeString::fromUTF32(reinterpret_cast<const UChar32*>(text.data()),
                                       static_cast<int32_t>(text.size()));
}

std::u32string from_icu(const icu::UnicodeString& text) {
  std::u32string result(static_cast<size_t>(text.countChar32()), U'\0');
  UErrorCode status = U_ZERO_ERROR;
  text.toUTF32(reinterpret_cast<UChar32*>(result.data()), static_cast<int32_t>(result.size()),
               status);
  if (U_FAILURE(status) && status != U_BUFFER_OVERFLOW_ERROR)
    throw std::runtime_error(std::string("ICU: ") + u_errorName(status));
  return result;
}

using GetNormalizer = const icu::Normalizer2* (*)(UErrorCode&);

std::u32string normalised(std::u32string_view text, GetNormalizer get) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* normalizer = get(status);
  icu::UnicodeString result;
  if (U_SUCCESS(status)) result = normalizer->normalize(to_icu(text), status);
  if (U_FAILURE(status)) throw std::runtime_error(std::string("ICU: ") + u_errorName(status));
  return from_icu(result);
}

}  // namespace

std::u32string decode_utf8(std::string_view bytes) {
  std::u32string text;
  text.reserve(bytes.size());
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  const auto size = static_cast<int64_t>(bytes.size());
  for (int64_t at = 0; at < size;) {
    const int64_t start = at;
    UChar32 c;
    U8_NEXT(data, at, size, c);
    if (c < 0) throw std::invalid_argument("invalid UTF-8 at byte " + std::to_string(start));
    text.push_back(static_cast<char32_t>(c));
  }
  return text;
}

std::string encode_utf8(std::u32string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (const char32_t c : text) {
    uint8_t buffer[4];
    int32_t length = 0;
    UBool failed = false;
    U8_APPEND(buffer, length, 4, static_cast<UChar32>(c), failed);
    if (failed)
      throw std::invalid_argument("not a Unicode scalar value: " +
                                  std::to_string(static_cast<uint32_t>(c)));
    bytes.append(reinterpret_cast<const char*>(buffer), static_cast<size_t>(length));
  }
  return bytes;
}

bool is_letter(char32_t c) { return (U_GET_GC_MASK(static_cast<UChar32>(c)) & U_GC_L_MASK) != 0; }
bool is_number(char32_t c) { return (U_GET_GC_MASK(static_cast<UChar32>(c)) & U_GC_N_MASK) != 0; }
bool is_mark(char32_t c) { return (U_GET_GC_MASK(static_cast<UChar32>(c)) & U_GC_M_MASK) != 0; }

Tokens split_whitespace(std::u32string_view text) {
  Tokens tokens;
  size_t at = 0;
  while (at < text.size()) {
    while (at < text.size() && is_python_space(text[at])) ++at;
    const size_t start = at;
    while (at < text.size() && !is_python_space(text[at])) ++at;
    if (at > start) tokens.push_back(text.substr(start, at - start));
  }
  return tokens;
}

std::u32string to_lower(std::u32string_view text) {
  return from_icu(to_icu(text).toLower(icu::Locale::getRoot()));
}

std::u32string to_nfkc(std::u32string_view text) {
  return normalised(text, &icu::Normalizer2::getNFKCInstance);
}

std::u32string to_nfc(std::u32string_view text) {
  return normalised(text, &icu::Normalizer2::getNFCInstance);
}

std::u32string to_nfd(std::u32string_view text) {
  return normalised(text, &icu::Normalizer2::getNFDInstance);
}

int decimal_digit(char32_t c) {
  const auto code = static_cast<UChar32>(c);
  return u_charType(code) == U_DECIMAL_DIGIT_NUMBER ? u_charDigitValue(code) : -1;
}

std::string unicode_version() { return U_UNICODE_VERSION; }

}  // namespace dsocr::metrics
