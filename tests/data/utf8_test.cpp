#include "data/text/utf8.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "data/text/byte_level.h"

namespace dsocr::data {
namespace {

TEST(Utf8, AcceptsEveryScalarValue) {
  std::string all;
  for (uint32_t code_point = 0; code_point < 0x110000; ++code_point) {
    if (code_point < 0xD800 || code_point > 0xDFFF) append_utf8(all, code_point);
  }
  EXPECT_EQ(find_invalid_utf8(all), std::nullopt);
  EXPECT_EQ(utf8_lossy(all), all);
}

TEST(Utf8, OneReplacementPerMaximalSubpart) {
  const std::string kR = "\uFFFD";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"\x80", kR},
      {"\xC0\x80", kR + kR},           // overlong: no byte starts anything
      {"\xE0\x80\x80", kR + kR + kR},  // overlong
      {"\xED\xA0\x80", kR + kR + kR},  // a surrogate
      {"\xF4\x90\x80\x80", kR + kR + kR + kR},
      {"\xF5", kR},
      {"\xE2\x82", kR},  // truncated: one subpart
      {"\xE2\x82 ", kR + " "},
      {"\xF0\x9F\x98", kR},
      {"\xF0\x9F\x98\xF0\x9F\x98\x80", kR + "\U0001F600"},
      {"\xC3", kR},
      {"\xC3\xC3\xA9", kR + "\u00E9"},
      {"12345678\xFF"
       "12345678",
       "12345678" + kR + "12345678"},
  };
  for (const auto& [bytes, text] : cases) {
    EXPECT_EQ(utf8_lossy(bytes), text);
    EXPECT_NE(find_invalid_utf8(bytes), std::nullopt);
  }
}

TEST(Utf8, NamesTheOffset) {
  EXPECT_EQ(find_invalid_utf8("0123456789\xFF"), 10U);
  EXPECT_EQ(find_invalid_utf8("\u4E2D\xE4\xB8"), 3U);
  EXPECT_EQ(find_invalid_utf8(""), std::nullopt);
}

TEST(ByteLevel, AlphabetOfGpt2) {
  EXPECT_EQ(spell_bytes(" A\n\xC3\xA9"), "\u0120A\u010A\u00C3\u00A9");
  EXPECT_EQ(spell_bytes(std::string_view("\0\x7F\xA0\xAD\xFF", 5)),
            "\u0100\u0121\u0142\u0143\u00FF");
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all.push_back(static_cast<char>(byte));
  std::string back = "kept";
  EXPECT_TRUE(append_spelled_bytes(spell_bytes(all), back));
  EXPECT_EQ(back, "kept" + all);
}

TEST(ByteLevel, OtherCharactersAreRefusedWhole) {
  for (const auto* spelled : {"A B", "A\u4E2D", "A\u0144", "A\xC3", "A\u00A0"}) {
    std::string bytes = "kept";
    EXPECT_FALSE(append_spelled_bytes(spelled, bytes)) << spelled;
    EXPECT_EQ(bytes, "kept");
  }
}

}  // namespace
}  // namespace dsocr::data
