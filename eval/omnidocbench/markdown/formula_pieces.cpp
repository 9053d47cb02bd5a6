#include "eval/omnidocbench/markdown/formula_pieces.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <array>
#include <optional>

#include "eval/omnidocbench/text/latex_strings.h"
#include "eval/omnidocbench/text/regex.h"
#include "eval/omnidocbench/text/safe_latex.h"
#include "eval/omnidocbench/text/strings.h"

namespace dsocr::omnidocbench {
namespace {

constexpr size_t kMaxPart = 160;

size_t count_digits(std::u32string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char32_t c) {
    return u_isdigit(static_cast<UChar32>(c)) != 0;
  }));
}

std::u32string plain(std::u32string_view text) {
  return collapse_spaces(safe_latex_to_text(text, text));  // a no-break space is a blank too
}

bool is_number_only(std::u32string_view text) {
  static const Regex number("[0-9IVXivx]+");
  if (text.size() >= 2 && text.starts_with(U'(') && text.ends_with(U')'))
    text = text.substr(1, text.size() - 2);
  return number.full_match(without_spaces(text));
}

bool is_caption_like(std::u32string_view latex) {
  static const Regex word("[A-Za-z]{2,}");
  static const Regex math(
      R"(\\[A-Za-z]+|[=<>\x{2264}\x{2265}\x{f7}\x{d7}\x{b1}\x{2211}\x{222b}\x{221a}_^{}])");
  const std::u32string text = plain(latex);
  if (is_number_only(text)) return false;
  const auto letters = std::count_if(text.begin(), text.end(), is_ascii_letter);
  const size_t signs = math.count(latex);
  return (letters >= 10 && word.count(text) >= 2 && signs <= 6) ||
         (letters >= 14 && count_digits(text) == 0 && signs <= 3);
}

// The length of a spacing command at the end of a text, blanks after it included; 0 if none.
size_t trailing_space(std::u32string_view text) {
  const std::u32string_view stripped = rstrip(text);
  for (const std::u32string_view command :
       {U"\\qquad", U"\\quad", U"\\enspace", U"\\,", U"\\;", U"\\:"})
    if (stripped.ends_with(command)) return text.size() - stripped.size() + command.size();
  return 0;
}

// A text at the end of a formula, after a spacing command.
struct Trailing {
  std::u32string_view before, caption;
};

// `SEP(\\text\s*\{[^{}]*\}\.?)\s*$`
std::optional<Trailing> trailing_text(std::u32string_view formula) {
  std::u32string_view rest = rstrip(formula);
  const size_t end = rest.size();
  if (rest.ends_with(U'.')) rest.remove_suffix(1);
  if (!rest.ends_with(U'}')) return std::nullopt;
  rest.remove_suffix(1);
  const size_t open = rest.find_last_of(U"{}");
  if (open == rest.npos || rest[open] != U'{') return std::nullopt;
  const std::u32string_view command = rstrip(rest.substr(0, open));
  if (!command.ends_with(U"\\text")) return std::nullopt;
  const size_t start = command.size() - std::u32string_view(U"\\text").size();
  const size_t space = trailing_space(formula.substr(0, start));
  if (space == 0) return std::nullopt;
  return Trailing{formula.substr(0, start - space), formula.substr(start, end - start)};
}

// `SEP(\([^)]*[A-Za-z][^)]*\)\.?)\s*$`
std::optional<Trailing> trailing_parenthesis(std::u32string_view formula) {
  std::u32string_view rest = rstrip(formula);
  const size_t end = rest.size();
  if (rest.ends_with(U'.')) rest.remove_suffix(1);
  if (!rest.ends_with(U')')) return std::nullopt;
  rest.remove_suffix(1);
  const size_t close = rest.rfind(U')');
  const size_t letter =
      static_cast<size_t>(rest.rend() - std::find_if(rest.rbegin(), rest.rend(),
                                                     is_ascii_letter));  // after the last one
  for (size_t open = rest.find(U'(', close == rest.npos ? 0 : close + 1); open < letter;
       open = rest.find(U'(', open + 1))
    if (const size_t space = trailing_space(formula.substr(0, open)))
      return Trailing{formula.substr(0, open - space), formula.substr(open, end - open)};
  return std::nullopt;
}

std::optional<Trailing> trailing_caption(std::u32string_view formula) {
  for (const auto& find : {trailing_text, trailing_parenthesis}) {
    const auto found = find(formula);
    if (found && is_caption_like(found->caption)) return found;
  }
  return std::nullopt;
}

struct Margin {
  bool cut = false;
  std::u32string rest;
  std::vector<FormulaPiece> captions;
};

Margin cut_margin(std::u32string_view inside, size_t start, size_t end) {
  static const Regex leading(
      R"(\s*(?:\\left\(\s*[0-9IVXivx]+\s*\\right\)|\(\s*[0-9IVXivx]+\s*\))\s*)"
      R"((?:(?:\\qquad|\\quad|\\enspace|\\,|\\;|\\:)\s*)*+)");
  Margin margin;
  const auto number = leading.match_start(inside);
  auto trailing = trailing_caption(inside);
  if (!number && !trailing) return margin;
  std::u32string_view rest = inside;
  if (number) {
    std::u32string content = plain(rest.substr(0, number->end()));
    if (!content.empty()) {
      const size_t last = std::min(end, start + content.size());
      margin.captions.push_back({std::move(content), start, last, true});
    }
    rest = strip(rest.substr(number->end()));
    trailing = trailing_caption(rest);
  }
  for (; trailing; trailing = trailing_caption(rest)) {
    std::u32string content = plain(trailing->caption);
    const size_t length = std::max<size_t>(content.size(), 1);
    const size_t first = std::max(start, end - std::min(end, length));
    margin.captions.push_back({std::move(content), first, end, true});
    rest = rstrip(trailing->before);
  }
  while (const size_t space = trailing_space(rest)) rest.remove_suffix(space);
  margin.rest = std::u32string(strip(rest));
  margin.cut = true;
  return margin;
}

bool is_part(std::u32string_view part) {
  if (part.size() > kMaxPart) return false;
  if (contains_any(
          part, {U"\\begin{", U"\\end{", U"\\mathbf", U"\\left", U"\\right", U"\\cdot", U"\\lambda",
                 U"\\Gamma", U"\\varGamma", U"\\text", U"\\matrix", U"\\pmatrix", U"\\bmatrix"}))
    return false;
  if (!contains_any(part, {U"=", U"\\approx", U"\u2248", U"\\neq", U"\u2260", U"\\leq", U"\u2264",
                           U"\\geq", U"\u2265"}))
    return false;
  return count_digits(part) >= 2 || contains(part, U"\\frac");
}

// The formulas between `\quad`s; empty if it is one formula.
std::vector<std::u32string> side_by_side(std::u32string_view inside) {
  static const Regex space(R"(\\qquad|\\quad)");
  if (!contains_any(inside, {U"\\quad", U"\\qquad"})) return {};
  std::vector<std::u32string> parts;
  for (const std::u32string& piece : space.split(inside)) {
    const std::u32string_view part = strip(piece);
    if (part.empty()) continue;
    if (!is_part(part)) return {};
    parts.emplace_back(part);
  }
  if (parts.size() < 2) parts.clear();
  return parts;
}

}  // namespace

std::vector<FormulaPiece> formula_pieces(std::u32string_view formula, size_t start, size_t end) {
  const Envelope around = envelope(formula);
  Margin margin = cut_margin(around.inside, start, end);
  std::u32string content(formula);
  if (margin.cut) {
    if (margin.rest.empty()) {
      margin.captions.clear();
      content = collapse_spaces(formula);
      margin.rest = around.inside;
    } else {
      content = around.wrap(margin.rest);
    }
  } else {
    margin.rest = around.inside;
  }
  std::vector<FormulaPiece> pieces;
  const std::vector<std::u32string> parts = side_by_side(margin.rest);
  const size_t count = parts.size();
  for (size_t k = 0; k < count; ++k) {
    const size_t step = std::max<size_t>(std::max(end - start, count) / count, 1);
    const size_t first = start + k * step;
    const size_t last = k + 1 == count ? end : std::min(end, first + step);
    pieces.push_back({around.wrap(parts[k]), first, last, false});
  }
  if (pieces.empty()) pieces.push_back({std::move(content), start, end, false});
  for (FormulaPiece& caption : margin.captions) pieces.push_back(std::move(caption));
  return pieces;
}

}  // namespace dsocr::omnidocbench
