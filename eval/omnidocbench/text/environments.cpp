#include "eval/omnidocbench/text/environments.h"

#include <algorithm>
#include <array>
#include <string>

#include "eval/normalize/unicode.h"
#include "eval/omnidocbench/text/regex.h"
#include "eval/omnidocbench/text/strings.h"

namespace dsocr::omnidocbench {
namespace {

constexpr std::u32string_view kBegin = U"\\begin{";

constexpr std::array<std::u32string_view, 17> kMultiline{
    U"array",   U"aligned",  U"align",    U"align*",    U"alignedat", U"alignedat*",
    U"split",   U"gather",   U"gather*",  U"gathered",  U"multline",  U"multline*",
    U"flalign", U"flalign*", U"eqnarray", U"eqnarray*", U"cases"};

// `gather*` may be split, but does not count as nested.
bool is_nested_name(std::u32string_view name) {
  return is_multiline_environment(name) && name != U"gather*";
}

}  // namespace

bool is_multiline_environment(std::u32string_view name) {
  return std::find(kMultiline.begin(), kMultiline.end(), name) != kMultiline.end();
}

std::optional<std::u32string_view> begin_tag(std::u32string_view text) {
  if (!text.starts_with(kBegin)) return std::nullopt;
  text.remove_prefix(kBegin.size());
  const size_t close = text.find(U'}');
  if (close == text.npos) return std::nullopt;
  return text.substr(0, close);
}

std::optional<Environment> multiline_environment(std::u32string_view text) {
  const auto name = begin_tag(text);
  if (!name || !is_multiline_environment(*name)) return std::nullopt;
  Environment found{*name, {}, kBegin.size() + name->size() + 1, 0, 0};
  const auto skip_spaces = [&](size_t from) {
    while (from < text.size() && metrics::is_python_space(text[from])) ++from;
    return from;
  };
  size_t at = found.body_begin = skip_spaces(found.body_begin);
  // The row's first cell is taken for a group too if it is one.
  for (bool first = true; at < text.size() && text[at] == U'{'; first = false) {
    const size_t brace = text.find_first_of(U"{}", at + 1);
    if (brace == text.npos || text[brace] == U'{') break;
    if (first) found.first_group = text.substr(at + 1, brace - at - 1);
    found.body_begin = at = skip_spaces(brace + 1);
  }
  const std::u32string open = std::u32string(kBegin).append(*name) + U"}";
  const std::u32string close = std::u32string(U"\\end{").append(*name) + U"}";
  size_t depth = 1;
  for (at = text.find(U'\\', at); at != text.npos; at = text.find(U'\\', at + 1)) {
    if (text.substr(at).starts_with(open)) {
      ++depth;
    } else if (text.substr(at).starts_with(close) && --depth == 0) {
      found.body_end = at;
      found.end = at + close.size();
      return found;
    }
  }
  return std::nullopt;
}

bool has_nested_environment(std::u32string_view body) {
  for (size_t at = body.find(kBegin); at != body.npos; at = body.find(kBegin, at + 1)) {
    // A name is short: what is longer cannot be one of them.
    const auto name = begin_tag(body.substr(at, kBegin.size() + 16));
    if (name && is_nested_name(*name)) return true;
  }
  return false;
}

bool has_logic(std::u32string_view text) {
  static const Regex arrow(
      R"(\\(?:Rightarrow|Leftrightarrow|Longrightarrow|Longleftrightarrow|longrightarrow)"
      R"(|longleftrightarrow|implies|therefore|because|uparrow|downarrow|Updownarrow|forall)"
      R"(|exists)\b)");
  return contains_any(text, {U"\u5355\u8C03", U"\u5426\u5B9A"}) ||
         (contains(text, U"\\") && arrow.found(text));
}

}  // namespace dsocr::omnidocbench
