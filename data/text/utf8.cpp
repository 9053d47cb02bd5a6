#include "data/text/utf8.h"

#include <cstring>

namespace dsocr::data {
namespace {

struct Sequence {
  size_t length;  // of the character, or of the maximal subpart when it is ill-formed
  bool valid;
};

uint8_t byte_at(std::string_view text, size_t i) { return static_cast<uint8_t>(text[i]); }

/// Classifies the sequence that starts at `begin` with a byte >= 0x80.
Sequence scan_multibyte(std::string_view text, size_t begin) {
  const uint8_t lead = byte_at(text, begin);
  // Only the second byte has a range that depends on the first (no overlong forms, no surrogates,
  // nothing above U+10FFFF).
  uint8_t low = 0x80;
  uint8_t high = 0xBF;
  size_t length = 0;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  } else {
    return {1, false};
  }
  for (size_t i = 1; i < length; ++i) {
    if (begin + i >= text.size()) return {i, false};
    const uint8_t next = byte_at(text, begin + i);
    if (next < low || next > high) return {i, false};
    low = 0x80;
    high = 0xBF;
  }
  return {length, true};
}

/// Length of the run of ASCII at `begin`, eight bytes at a time.
size_t ascii_run(std::string_view text, size_t begin) {
  size_t i = begin;
  for (uint64_t word = 0; i + sizeof(word) <= text.size(); i += sizeof(word)) {
    std::memcpy(&word, text.data() + i, sizeof(word));
    if ((word & 0x8080808080808080U) != 0) break;
  }
  while (i < text.size() && byte_at(text, i) < 0x80) ++i;
  return i - begin;
}

}  // namespace

std::optional<size_t> find_invalid_utf8(std::string_view text) {
  for (size_t i = ascii_run(text, 0); i < text.size(); i += ascii_run(text, i)) {
    const Sequence sequence = scan_multibyte(text, i);
    if (!sequence.valid) return i;
    i += sequence.length;
  }
  return std::nullopt;
}

std::string utf8_lossy(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  size_t i = 0;
  while (i < bytes.size()) {
    const size_t ascii = ascii_run(bytes, i);
    out.append(bytes.substr(i, ascii));
    i += ascii;
    if (i == bytes.size()) break;
    const Sequence sequence = scan_multibyte(bytes, i);
    out.append(sequence.valid ? bytes.substr(i, sequence.length) : "\xEF\xBF\xBD");
    i += sequence.length;
  }
  return out;
}

void append_utf8(std::string& out, uint32_t code_point) {
  const auto put = [&out](uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xC0 | (code_point >> 6));
    put(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    put(0xE0 | (code_point >> 12));
    put(0x80 | ((code_point >> 6) & 0x3F));
    put(0x80 | (code_point & 0x3F));
  } else {
    put(0xF0 | (code_point >> 18));
    put(0x80 | ((code_point >> 12) & 0x3F));
    put(0x80 | ((code_point >> 6) & 0x3F));
    put(0x80 | (code_point & 0x3F));
  }
}

}  // namespace dsocr::data
