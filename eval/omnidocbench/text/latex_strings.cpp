#include "eval/omnidocbench/text/latex_strings.h"

#include <algorithm>

#include "eval/normalize/unicode.h"
#include "eval/omnidocbench/text/delimiters.h"
#include "eval/omnidocbench/text/strings.h"

namespace dsocr::omnidocbench {

using metrics::is_python_space;

namespace {

bool encloses(const Delimiters& pair, std::u32string_view text) {
  return text.size() >= pair.open.size() + pair.close.size() && text.starts_with(pair.open) &&
         text.ends_with(pair.close);
}

std::u32string_view inside(const Delimiters& pair, std::u32string_view text) {
  text.remove_prefix(pair.open.size());
  text.remove_suffix(pair.close.size());
  return strip(text);
}

size_t skip_spaces(std::u32string_view text, size_t at) {
  while (at < text.size() && is_python_space(text[at])) ++at;
  return at;
}

// A circled character as plain text; empty for all others.
std::u32string plain_circled(char32_t c) {
  if (c >= 0x2460 && c <= 0x2473) {
    const auto number = static_cast<char32_t>(c - 0x2460 + 1);
    std::u32string digits;
    if (number >= 10) digits.push_back(U'0' + number / 10);
    digits.push_back(U'0' + number % 10);
    return digits;
  }
  if (c >= 0x24D0 && c <= 0x24E9) return {static_cast<char32_t>(U'a' + (c - 0x24D0))};
  if (c >= 0x24B6 && c <= 0x24CF) return {static_cast<char32_t>(U'A' + (c - 0x24B6))};
  return {};
}

// `\textcircled\s*\{\s*([^{}]+?)\s*\}`
std::u32string unwrap_textcircled(std::u32string_view text) {
  constexpr std::u32string_view kCommand = U"\\textcircled";
  std::u32string out;
  size_t copied = 0;
  for (size_t hit = text.find(kCommand); hit != text.npos;) {
    const size_t open = skip_spaces(text, hit + kCommand.size());
    size_t next = open;
    if (open < text.size() && text[open] == U'{') {
      const size_t close = text.find_first_of(U"{}", open + 1);
      if (close != text.npos && text[close] == U'}' && close > open + 1) {
        const std::u32string_view group = text.substr(open + 1, close - open - 1);
        const std::u32string_view inner = strip(group);
        out.append(text.substr(copied, hit - copied));
        // The group may not be empty: of blanks alone the last one stays.
        out.append(inner.empty() ? group.substr(group.size() - 1) : inner);
        copied = next = close + 1;
      } else if (close == text.npos) {
        break;
      }
    }
    hit = text.find(kCommand, next);
  }
  return out.append(text.substr(copied));
}

// Walks LaTeX and keeps the depths of environments and of braces, neither below 0.
class DepthWalker {
 public:
  explicit DepthWalker(std::u32string_view text) : text_(text) {}

  // Steps over one unit at `at`: an environment's tag, an escaped character, or a character.
  size_t step(size_t at) {
    const std::u32string_view rest = text_.substr(at);
    if (rest[0] == U'\\') {
      const bool begins = rest.starts_with(U"\\begin{");
      if (begins || rest.starts_with(U"\\end{")) {
        if (begins)
          ++environments_;
        else if (environments_ > 0)
          --environments_;
        if (at >= last_close_) return skip_tag(at);
        const size_t close = text_.find(U'}', at);
        return close == text_.npos ? skip_tag(at) : close + 1;
      }
      return at + (rest.size() > 1 ? 2u : 1u);
    }
    if (rest[0] == U'{') ++braces_;
    if (rest[0] == U'}' && braces_ > 0) --braces_;
    return at + 1;
  }

  bool top_level() const { return environments_ == 0 && braces_ == 0; }

 private:
  // A tag that is never closed: its name is text.
  size_t skip_tag(size_t at) {
    last_close_ = at;
    return text_.find(U'{', at) + 1;
  }

  std::u32string_view text_;
  size_t environments_ = 0, braces_ = 0;
  size_t last_close_ = std::u32string_view::npos;  // no `}` from here on
};

}  // namespace

std::u32string_view strip_delimiters(std::u32string_view text) {
  text = strip(text);
  for (bool found = true; found;) {
    found = false;
    for (const Delimiters& pair : {kDoubleDollars, kBrackets, kParentheses, kDollars}) {
      if (!encloses(pair, text)) continue;
      text = inside(pair, text);
      found = true;
      break;
    }
  }
  return text;
}

std::u32string strip_tags(std::u32string_view text) {
  constexpr std::u32string_view kTag = U"\\tag";
  std::u32string out;
  std::vector<size_t> match;
  size_t copied = 0;
  for (size_t hit = text.find(kTag); hit != text.npos; hit = text.find(kTag, hit + kTag.size())) {
    if (hit < copied) continue;
    size_t open = skip_spaces(text, hit + kTag.size());
    if (open < text.size() && text[open] == U'*') open = skip_spaces(text, open + 1);
    if (open >= text.size() || text[open] != U'{') continue;
    if (match.empty()) match = matching_braces(text);
    out.append(text.substr(copied, hit - copied));
    copied = match[open] == kUnclosed ? open : match[open] + 1;
  }
  out.append(text.substr(copied));
  return contains(out, U"\\no") ? remove_all(out, {U"\\notag", U"\\nonumber"}) : out;
}

std::u32string decode_circled(std::u32string_view text) {
  std::u32string out =
      contains(text, U"\\textcircled") ? unwrap_textcircled(text) : std::u32string(text);
  const size_t first = static_cast<size_t>(
      std::find_if(out.begin(), out.end(), [](char32_t c) { return c >= 0x2460 && c <= 0x24E9; }) -
      out.begin());
  if (first == out.size()) return out;
  std::u32string decoded = out.substr(0, first);
  for (size_t i = first; i < out.size(); ++i) {
    const std::u32string plain = plain_circled(out[i]);
    if (plain.empty())
      decoded.push_back(out[i]);
    else
      decoded.append(plain);
  }
  return decoded;
}

std::u32string unwrap_math(std::u32string_view text) {
  std::u32string out(text);
  for (const Delimiters& pair : {kDoubleDollars, kBrackets, kParentheses, kDollars})
    if (contains(out, pair.open)) out = replace_delimited(out, {pair}, Inner::kText, U" ", U" ");
  return out;
}

std::u32string Envelope::wrap(std::u32string_view text) const {
  if (left.empty()) return std::u32string(text);
  return left + U" " + std::u32string(text) + U" " + right;
}

Envelope envelope(std::u32string_view text) {
  std::u32string collapsed = collapse_spaces(text);
  for (const Delimiters& pair : {kBrackets, kParentheses, kDoubleDollars, kDollars})
    if (encloses(pair, collapsed))
      return {std::u32string(pair.open), std::u32string(inside(pair, collapsed)),
              std::u32string(pair.close)};
  return {{}, std::move(collapsed), {}};
}

std::vector<std::u32string> split_rows(std::u32string_view text) {
  std::vector<std::u32string> rows;
  size_t start = 0;
  const auto close_row = [&](size_t end) {
    const std::u32string_view row = strip(text.substr(start, end - start));
    if (!row.empty()) rows.emplace_back(row);
  };
  DepthWalker walker(text);
  size_t brackets_until = 0;  // a `[` before this place has no `]`
  for (size_t at = 0; at < text.size();) {
    if (!walker.top_level() || !text.substr(at).starts_with(U"\\\\")) {
      at = walker.step(at);
      continue;
    }
    close_row(at);
    at = skip_spaces(text, at + 2);
    if (at < text.size() && text[at] == U'*') ++at;
    const size_t bracket = skip_spaces(text, at);
    if (bracket < text.size() && text[bracket] == U'[' && bracket >= brackets_until) {
      const size_t close = text.find(U']', bracket);
      if (close == text.npos)
        brackets_until = text.size();
      else
        at = close + 1;
    }
    start = at;
  }
  close_row(text.size());
  return rows;
}

size_t top_level_ampersand(std::u32string_view text) {
  DepthWalker walker(text);
  for (size_t at = 0; at < text.size(); at = walker.step(at))
    if (text[at] == U'&' && walker.top_level()) return at;
  return text.npos;
}

}  // namespace dsocr::omnidocbench
