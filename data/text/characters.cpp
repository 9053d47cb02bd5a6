#include "data/text/characters.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "data/text/utf8.h"

namespace dsocr::data {
namespace {

UChar32 code(char32_t c) { return static_cast<UChar32>(c); }

int script_of(char32_t c) { return u_getIntPropertyValue(code(c), UCHAR_SCRIPT); }

bool is_mark(char32_t c) {
  constexpr char32_t kNonJoiner = 0x200C, kJoiner = 0x200D;
  return (U_GET_GC_MASK(code(c)) & U_GC_M_MASK) != 0 || c == kNonJoiner || c == kJoiner;
}

// Characters that engines write at will.
char32_t plain_form(char32_t c) {
  if ((c >= 0x2018 && c <= 0x201B) || c == 0x2032) return U'\'';
  if ((c >= 0x201C && c <= 0x201F) || c == 0x2033) return U'"';
  if ((c >= 0x2010 && c <= 0x2015) || c == 0x2212) return U'-';
  if (c == 0x3001) return U',';
  if (c == 0x3002) return U'.';
  return c;
}

icu::UnicodeString nfkc(std::u32string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* normalizer = icu::Normalizer2::getNFKCInstance(status);
  if (U_FAILURE(status)) throw std::runtime_error(u_errorName(status));
  icu::UnicodeString units;
  for (const char32_t c : text) units.append(code(c));
  icu::UnicodeString normal = normalizer->normalize(units, status);
  if (U_FAILURE(status)) throw std::runtime_error(u_errorName(status));
  return normal;
}

}  // namespace

ScriptClass script_class(char32_t c) {
  if (u_isUWhiteSpace(code(c)) != 0) return ScriptClass::kBlank;
  switch (script_of(c)) {
    case USCRIPT_LATIN:
      return ScriptClass::kLatin;
    case USCRIPT_HAN:
    case USCRIPT_HIRAGANA:
    case USCRIPT_KATAKANA:
      return ScriptClass::kHan;
    case USCRIPT_COMMON:
    case USCRIPT_INHERITED:
    case USCRIPT_UNKNOWN:
      return ScriptClass::kCommon;
    default:
      return ScriptClass::kOther;
  }
}

ScriptClass main_script_class(std::u32string_view text) {
  std::array<std::size_t, kNumScriptClasses> count{};
  for (const char32_t c : text) ++count[static_cast<std::size_t>(script_class(c))];
  count[static_cast<std::size_t>(ScriptClass::kCommon)] = 0;
  count[static_cast<std::size_t>(ScriptClass::kBlank)] = 0;
  return static_cast<ScriptClass>(std::max_element(count.begin(), count.end()) - count.begin());
}

std::u32string to_code_points(std::string_view text) {
  const icu::UnicodeString units = icu::UnicodeString::fromUTF8(utf8_lossy(text));
  std::u32string points;
  points.reserve(static_cast<std::size_t>(units.length()));
  for (std::int32_t i = 0; i < units.length(); i = units.moveIndex32(i, 1))
    points += static_cast<char32_t>(units.char32At(i));
  return points;
}

std::string to_utf8(std::u32string_view text) {
  std::string out;
  for (const char32_t c : text) append_utf8(out, c);
  return out;
}

bool sets_no_blanks(char32_t c) {
  if (script_class(c) == ScriptClass::kHan) return true;
  const int width = u_getIntPropertyValue(code(c), UCHAR_EAST_ASIAN_WIDTH);
  return script_of(c) == USCRIPT_COMMON && (width == U_EA_FULLWIDTH || width == U_EA_WIDE);
}

void append_text(std::u32string& text, std::u32string_view next) {
  if (next.empty()) return;
  if (!text.empty() && !(sets_no_blanks(text.back()) && sets_no_blanks(next.front()))) text += U' ';
  text += next;
}

std::vector<Cluster> clusters_of(std::u32string_view text) {
  std::vector<Cluster> clusters;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (clusters.empty() || !is_mark(text[i]) || text[i - 1] == U' ') clusters.push_back({i, i});
    clusters.back().end = i + 1;
  }
  return clusters;
}

std::u32string comparable(std::u32string_view text) {
  std::u32string plain;
  for (const char32_t c : text) plain += plain_form(c);
  const icu::UnicodeString normal = nfkc(plain);
  std::u32string out;
  bool blank = false;
  for (std::int32_t i = 0; i < normal.length(); i = normal.moveIndex32(i, 1)) {
    const auto c = static_cast<char32_t>(normal.char32At(i));
    if (u_isUWhiteSpace(code(c)) != 0) {
      blank = true;
      continue;
    }
    if (blank && !out.empty() && !sets_no_blanks(out.back()) && !sets_no_blanks(c)) out += U' ';
    blank = false;
    out += c;
  }
  return out;
}

}  // namespace dsocr::data
