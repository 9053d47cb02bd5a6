#include "eval/normalize/ocr_text.h"

#include <algorithm>

#include "eval/normalize/unicode.h"

namespace dsocr::metrics {
namespace {

constexpr char32_t kSoftHyphen = 0x00AD;

/// Letters, numbers and '_': what a word can begin with.
bool is_word_base(char32_t c) { return c == U'_' || is_letter(c) || is_number(c); }

/// True when text ends in a word character; marks count only behind a base.
bool ends_in_word(std::u32string_view text) {
  size_t end = text.size();
  while (end > 0 && is_mark(text[end - 1])) --end;
  return end > 0 && is_word_base(text[end - 1]);
}

/// End of the run of word characters that starts at a word base.
size_t word_run_end(std::u32string_view text, size_t at) {
  while (at < text.size() && (is_word_base(text[at]) || is_mark(text[at]))) ++at;
  return at;
}

std::u32string without_markdown(std::u32string_view text) {
  std::u32string result;
  result.reserve(text.size());
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == U'#') continue;
    if (text.substr(at, 2) == U"**") {
      ++at;
      continue;
    }
    result.push_back(text[at]);
  }
  return result;
}

/// Where the second half of a word wrapped at the hyphen text[at] begins; 0 when it is no wrap.
size_t wrapped_word_start(std::u32string_view text, size_t at) {
  size_t next = at + 1;
  while (next < text.size() && is_python_space(text[next])) ++next;
  const auto gap = text.substr(at + 1, next - at - 1);
  const bool wraps = std::count(gap.begin(), gap.end(), U'\n') == 1;
  return wraps && next < text.size() && is_word_base(text[next]) ? next : 0;
}

char32_t straightened(char32_t c) {
  if ((c >= 0x2018 && c <= 0x201B) || c == 0x2032) return U'\'';
  if (c >= 0x201C && c <= 0x201F) return U'"';
  if ((c >= 0x2010 && c <= 0x2015) || c == 0x2212) return U'-';
  return c;
}

}  // namespace

std::u32string normalise_format(std::u32string_view raw) {
  const std::u32string text = without_markdown(to_nfkc(raw));
  std::u32string result;
  result.reserve(text.size());
  bool space_due = false;
  for (size_t at = 0; at < text.size(); ++at) {
    const char32_t c = text[at];
    if (is_python_space(c)) {
      space_due = !result.empty();
      continue;
    }
    const bool hyphen = straightened(c) == U'-' || c == kSoftHyphen;
    if (hyphen && !space_due && ends_in_word(result)) {
      if (const size_t next = wrapped_word_start(text, at)) {
        at = next - 1;
        continue;
      }
    }
    if (c == kSoftHyphen) continue;
    if (space_due) result.push_back(U' ');
    space_due = false;
    result.push_back(straightened(c));
  }
  return result;
}

std::u32string normalise_words(std::u32string_view raw) {
  const std::u32string text = to_lower(normalise_format(raw));
  std::u32string result;
  result.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    if (!is_word_base(text[at])) {
      ++at;
      continue;
    }
    const size_t start = at;
    at = word_run_end(text, at);
    while (at + 1 < text.size() && (text[at] == U'\'' || text[at] == U'.') &&
           is_word_base(text[at + 1]))
      at = word_run_end(text, at + 1);
    if (!result.empty()) result.push_back(U' ');
    result.append(text, start, at - start);
  }
  return result;
}

}  // namespace dsocr::metrics
