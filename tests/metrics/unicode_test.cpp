#include "eval/normalize/unicode.h"

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>
#include <string>
#include <utility>

namespace dsocr::metrics {
namespace {

using namespace std::string_literals;

/// The message of the exception that decode_utf8 throws, or "" when it does not.
std::string decode_error(std::string_view bytes) {
  try {
    decode_utf8(bytes);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

std::string lower(std::string_view text) { return encode_utf8(to_lower(decode_utf8(text))); }
std::string nfkc(std::string_view text) { return encode_utf8(to_nfkc(decode_utf8(text))); }

TEST(Unicode, DecodesEveryLengthAndEncodesItBack) {
  const std::string bytes = "a\u00E9\u4E2D\U0001F600\0z"s;
  const std::u32string text = decode_utf8(bytes);
  EXPECT_EQ(text, U"a\u00E9\u4E2D\U0001F600\0z"s);
  EXPECT_EQ(encode_utf8(text), bytes);
  EXPECT_EQ(decode_utf8(""), U"");
  EXPECT_EQ(encode_utf8(U""), "");
}

TEST(Unicode, NamesTheByteOfTheFirstBadSequence) {
  const std::pair<std::string, int> cases[] = {
      {"\xFF", 0},              // no lead byte
      {"ab\x80", 2},            // trail byte without lead
      {"\u00E9\xC3", 2},        // cut off at the end
      {"x\xE4\xB8", 1},         // cut off at the end, three bytes
      {"x\xE4\xB8z", 1},        // trail byte missing
      {"abc\xC0\xAF", 3},       // overlong '/'
      {"a\xED\xA0\x80", 1},     // surrogate U+D800
      {"a\xF4\x90\x80\x80", 1}  // U+110000
  };
  for (const auto& [bytes, offset] : cases)
    EXPECT_EQ(decode_error(bytes), "invalid UTF-8 at byte " + std::to_string(offset));
  EXPECT_EQ(decode_error("\xF4\x8F\xBF\xBF"), "");  // U+10FFFF
}

TEST(Unicode, RefusesToEncodeWhatIsNoScalarValue) {
  EXPECT_THROW(encode_utf8(std::u32string(1, char32_t{0xD800})), std::invalid_argument);
  EXPECT_THROW(encode_utf8(std::u32string(1, char32_t{0xDFFF})), std::invalid_argument);
  EXPECT_THROW(encode_utf8(std::u32string(1, char32_t{0x110000})), std::invalid_argument);
}

TEST(Unicode, HasTheWhiteSpaceOfPythonAndNoOther) {
  std::set<char32_t> expected = {0x20, 0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000};
  for (char32_t c = 0x09; c <= 0x0D; ++c) expected.insert(c);
  for (char32_t c = 0x1C; c <= 0x1F; ++c) expected.insert(c);
  for (char32_t c = 0x2000; c <= 0x200A; ++c) expected.insert(c);
  std::set<char32_t> found;
  for (char32_t c = 0; c <= 0x10FFFF; ++c)
    if (is_python_space(c)) found.insert(c);
  EXPECT_EQ(found, expected);
  EXPECT_FALSE(is_python_space(0x200B));
}

TEST(Unicode, SplitsOnRunsOfWhiteSpace) {
  EXPECT_EQ(split_whitespace(U""), Tokens{});
  EXPECT_EQ(split_whitespace(U" \t\n\u3000"), Tokens{});
  EXPECT_EQ(split_whitespace(U"one"), Tokens{U"one"});
  const std::u32string text = U"\u00A0a\u001Fb \u2028\r\nc\u200Bd ";
  EXPECT_EQ(split_whitespace(text), (Tokens{U"a", U"b", U"c\u200Bd"}));
}

TEST(Unicode, LowersAsPythonDoes) {
  EXPECT_EQ(lower("ABC \u00C9 \u0416 1"), "abc \u00E9 \u0436 1");
  EXPECT_EQ(lower("\u039F\u0394\u039F\u03A3"), "\u03BF\u03B4\u03BF\u03C2");  // final sigma
  EXPECT_EQ(lower("\u03A3\u0391"), "\u03C3\u03B1");                          // not final
  EXPECT_EQ(lower("\u03A3"), "\u03C3");                                      // alone
  EXPECT_EQ(lower("\u0130I"), "i\u0307i");                                   // root locale
  EXPECT_EQ(lower("\u1E9E"), "\u00DF");
  EXPECT_EQ(lower(""), "");
}

TEST(Unicode, FoldsCompatibilityCharacters) {
  EXPECT_EQ(nfkc("\uFB01\uFB02\uFB00\uFB03"), "fiflffffi");
  EXPECT_EQ(nfkc("\u00BD \u00B2 \uFF21 \u2026"), "1\u20442 2 A ...");
  EXPECT_EQ(nfkc("a\u0301 \u00A0"), "\u00E1  ");
  EXPECT_EQ(nfkc("q\u0323\u0307"), nfkc("q\u0307\u0323"));  // canonical order of marks
  EXPECT_EQ(nfkc(""), "");
}

TEST(Unicode, KnowsLettersNumbersAndMarks) {
  for (const char32_t c : U"a\u00E9\u4E2D\u05D0\U00010400"s) EXPECT_TRUE(is_letter(c));
  for (const char32_t c : U"1\u00B2\u0665\u2167"s) EXPECT_TRUE(is_number(c) && !is_letter(c));
  for (const char32_t c : U"\u0301\u05B8\u0903"s) EXPECT_TRUE(is_mark(c) && !is_letter(c));
  for (const char32_t c : U" _-.$"s) EXPECT_FALSE(is_letter(c) || is_number(c) || is_mark(c));
}

TEST(Unicode, KnowsItsVersion) { EXPECT_GE(std::stoi(unicode_version()), 14); }

}  // namespace
}  // namespace dsocr::metrics
