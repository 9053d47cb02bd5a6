#include "eval/omnidocbench/table/html_entities.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace dsocr::omnidocbench {
namespace {

constexpr char32_t kReplacement = 0xFFFD;
constexpr uint32_t kOutOfRange = 0x110000;
constexpr size_t kLongestName = 32;       // of a reference that html.unescape looks at
constexpr size_t kLongestLegacyName = 6;  // of those that need no semicolon

constexpr std::string_view kNames =
#include "eval/omnidocbench/table/html_entities.inc"
    ;

struct Entity {
  std::u32string name;  // without semicolon
  std::u32string text;
  bool legacy = false;  // known without semicolon too
};

uint32_t hex_value(char32_t c) {
  if (c >= U'0' && c <= U'9') return c - U'0';
  if (c >= U'a' && c <= U'f') return c - U'a' + 10;
  if (c >= U'A' && c <= U'F') return c - U'A' + 10;
  return 16;
}

std::vector<Entity> read_names() {
  std::vector<Entity> entities;
  for (size_t at = 0; at < kNames.size();) {
    const size_t sign = kNames.find_first_of("=!", at), end = kNames.find(' ', sign);
    Entity& entity = entities.emplace_back();
    entity.name.assign(kNames.begin() + static_cast<std::ptrdiff_t>(at),
                       kNames.begin() + static_cast<std::ptrdiff_t>(sign));
    entity.legacy = kNames[sign] == '!';
    char32_t value = 0;
    for (size_t i = sign + 1; i <= end; ++i) {
      if (const uint32_t digit = hex_value(static_cast<unsigned char>(kNames[i])); digit < 16) {
        value = value * 16 + digit;
      } else {
        entity.text += value;
        value = 0;
      }
    }
    at = end + 1;
  }
  std::ranges::sort(entities, {}, &Entity::name);
  return entities;
}

const Entity* find_entity(std::u32string_view name) {
  static const std::vector<Entity> entities = read_names();
  const auto at = std::ranges::lower_bound(
      entities, name, {}, [](const Entity& e) { return std::u32string_view(e.name); });
  return at != entities.end() && at->name == name ? &*at : nullptr;
}

// windows-1252 from 0x80 on; what it lacks stands for itself.
constexpr std::array<char32_t, 32> kWindows1252{
    0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};

// Value of digits, or of `x` and hexadecimal digits; kOutOfRange when above Unicode.
uint32_t number_value(std::u32string_view digits) {
  uint32_t base = 10;
  if (!digits.empty() && (digits[0] == U'x' || digits[0] == U'X')) {
    base = 16;
    digits.remove_prefix(1);
  }
  uint32_t value = 0;
  for (const char32_t digit : digits)
    value = std::min(value * base + hex_value(digit), kOutOfRange);
  return value;
}

// Code points that html.unescape drops.
bool is_dropped(uint32_t c) {
  if (c <= 0x1F) return c != 0 && (c <= 8 || c == 0xB || c >= 0xE);
  return c == 0x7F || (c >= 0xFDD0 && c <= 0xFDEF) || (c & 0xFFFE) == 0xFFFE;
}

void append_number(std::u32string& out, uint32_t value) {
  if (value == 0 || value >= kOutOfRange || (value >= 0xD800 && value <= 0xDFFF))
    out += kReplacement;
  else if (value >= 0x80 && value <= 0x9F)
    out += kWindows1252[value - 0x80];
  else if (!is_dropped(value))
    out += char32_t{value};
}

// Appends what `&` and a name stand for, the semicolon included if there is one.
void append_named(std::u32string& out, std::u32string_view name) {
  const bool closed = name.back() == U';';
  const auto* entity = find_entity(closed ? name.substr(0, name.size() - 1) : name);
  if (entity && (closed || entity->legacy)) {
    out += entity->text;
    return;
  }
  for (size_t size = std::min(name.size() - 1, kLongestLegacyName); size > 1; --size) {
    entity = find_entity(name.substr(0, size));
    if (!entity || !entity->legacy) continue;
    out.append(entity->text).append(name.substr(size));
    return;
  }
  out.append(U"&").append(name);
}

bool is_name_character(char32_t c) {
  return c != U'\t' && c != U'\n' && c != U'\f' && c != U' ' && c != U'<' && c != U'&' &&
         c != U'#' && c != U';';
}

// End of the digits of `#12` or `#x1F` that start at `at`; `at` when there are none.
size_t number_end(std::u32string_view text, size_t at) {
  size_t digits = at + 1;
  uint32_t base = 10;
  if (digits < text.size() && (text[digits] == U'x' || text[digits] == U'X')) {
    base = 16;
    ++digits;
  }
  size_t end = digits;
  while (end < text.size() && hex_value(text[end]) < base) ++end;
  return end > digits ? end : at;
}

}  // namespace

std::u32string unescape_html(std::u32string_view text) {
  std::u32string out;
  out.reserve(text.size());
  size_t at = 0;
  for (size_t amp = text.find(U'&'); amp != text.npos; amp = text.find(U'&', at)) {
    out.append(text.substr(at, amp - at));
    const size_t start = amp + 1;
    size_t end = start;
    if (start < text.size() && text[start] == U'#') {
      end = number_end(text, start);
      if (end > start) append_number(out, number_value(text.substr(start + 1, end - start - 1)));
      if (end > start && end < text.size() && text[end] == U';') ++end;
    } else {
      while (end < text.size() && end - start < kLongestName && is_name_character(text[end])) ++end;
      if (end > start) {
        if (end < text.size() && text[end] == U';') ++end;
        append_named(out, text.substr(start, end - start));
      }
    }
    if (end == start) out += U'&';
    at = end;
  }
  return out.append(text.substr(at));
}

std::optional<std::u32string_view> named_character(std::u32string_view name) {
  const Entity* entity = find_entity(name);
  if (!entity) return {};
  return entity->text;
}

char32_t numbered_character(std::u32string_view number) {
  const uint32_t value = number_value(number);
  if (value >= kOutOfRange) return kReplacement;
  return value >= 0x80 && value <= 0x9F ? kWindows1252[value - 0x80] : char32_t{value};
}

}  // namespace dsocr::omnidocbench
