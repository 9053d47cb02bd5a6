#include "data/text/byte_level.h"

#include <array>
#include <cstdint>

#include "data/text/utf8.h"

namespace dsocr::data {
namespace {

constexpr uint32_t kNumShifted = 68;
constexpr uint32_t kAlphabetEnd = 0x100 + kNumShifted;

struct Alphabet {
  std::array<uint16_t, 256> character_of{};     // byte -> code point
  std::array<int16_t, kAlphabetEnd> byte_of{};  // code point -> byte, -1 outside the alphabet
};

constexpr Alphabet make_alphabet() {
  Alphabet alphabet;
  for (auto& byte : alphabet.byte_of) byte = -1;
  uint16_t next_shifted = 0x100;
  for (uint16_t byte = 0; byte < 256; ++byte) {
    const bool printable =
        (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
    const uint16_t character = printable ? byte : next_shifted++;
    alphabet.character_of[byte] = character;
    alphabet.byte_of[character] = static_cast<int16_t>(byte);
  }
  return alphabet;
}

constexpr Alphabet kAlphabet = make_alphabet();
static_assert(kAlphabet.character_of[0xAD] == kAlphabetEnd - 1);

}  // namespace

bool append_spelled_bytes(std::string_view spelled, std::string& out) {
  const size_t size_before = out.size();
  for (size_t i = 0; i < spelled.size(); ++i) {
    uint32_t code_point = static_cast<uint8_t>(spelled[i]);
    // The alphabet ends below U+0800, so its characters have one or two bytes.
    if (code_point >= 0xC2 && code_point <= 0xDF && i + 1 < spelled.size()) {
      code_point = ((code_point & 0x1F) << 6) | (static_cast<uint8_t>(spelled[++i]) & 0x3F);
    } else if (code_point >= 0x80) {
      code_point = kAlphabetEnd;
    }
    const int byte = code_point < kAlphabetEnd ? kAlphabet.byte_of[code_point] : -1;
    if (byte < 0) {
      out.resize(size_before);
      return false;
    }
    out.push_back(static_cast<char>(byte));
  }
  return true;
}

std::string spell_bytes(std::string_view bytes) {
  std::string spelled;
  for (const char byte : bytes) {
    append_utf8(spelled, kAlphabet.character_of[static_cast<uint8_t>(byte)]);
  }
  return spelled;
}

}  // namespace dsocr::data
