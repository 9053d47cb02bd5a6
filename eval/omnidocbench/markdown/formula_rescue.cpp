#include "eval/omnidocbench/markdown/formula_rescue.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <array>
#include <utility>

#include "eval/normalize/unicode.h"
#include "eval/omnidocbench/text/delimiters.h"
#include "eval/omnidocbench/text/latex_strings.h"
#include "eval/omnidocbench/text/regex.h"
#include "eval/omnidocbench/text/strings.h"

namespace dsocr::omnidocbench {

using metrics::is_python_space;

namespace {

constexpr size_t kMaxText = 220, kMaxCell = 120, kMaxName = 24;

// In the order of the official alternation: `\rightarrow` counts as `\right`.
constexpr std::array<std::u32string_view, 14> kOperators{
    U"\\frac",  U"\\sqrt",   U"\\sum",         U"\\int",           U"\\prod",
    U"\\times", U"\\div",    U"\\square",      U"\\cdots",         U"\\left",
    U"\\right", U"\\approx", U"\\xrightarrow", U"\\longrightarrow"};
// = < > <= >= approx div times +- sum int sqrt arrow ^ _ square triangle ellipsis % / + -
constexpr std::u32string_view kOperatorCharacters =
    U"=<>\u2264\u2265\u2248\u00F7\u00D7\u00B1\u2211\u222B\u221A\u2192^_\u25A1\u25B3\u2026%/+-";
// What a text without formulas is measured without.
constexpr std::u32string_view kResidueCharacters =
    U"=<>\u2264\u2265\u00F7\u00D7\u00B1\u2211\u222B\u221A^_\u25A1\u25B3\u2026%/()+-";

bool is_digit(char32_t c) {
  return c < 0x80 ? c >= U'0' && c <= U'9' : u_isdigit(static_cast<UChar32>(c)) != 0;
}

size_t count_digits(std::u32string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), is_digit));
}

size_t count_operators(std::u32string_view text) {
  size_t count = 0;
  for (size_t at = 0; at < text.size();) {
    size_t length = 0;
    if (text[at] == U'\\') {
      for (const std::u32string_view command : kOperators) {
        if (!text.substr(at).starts_with(command)) continue;
        length = command.size();
        break;
      }
    } else if (is_one_of(text[at], kOperatorCharacters)) {
      length = 1;
    }
    if (length > 0) ++count;
    at += std::max<size_t>(length, 1);
  }
  return count;
}

// `[A-Za-z]{4,}`
size_t count_long_words(std::u32string_view text) {
  size_t count = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t letters = ascii_letters_from(text, at);
    if (letters >= 4) ++count;
    at += std::max<size_t>(letters, 1);
  }
  return count;
}

// Length without commands, operators, parentheses, digits and blanks.
size_t residue(std::u32string_view text) {
  size_t count = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    const char32_t c = text[at];
    if (const size_t letters = c == U'\\' ? ascii_letters_from(text, at + 1) : 0)
      at += letters;
    else if (!is_one_of(c, kResidueCharacters) && !is_digit(c) && !is_python_space(c))
      ++count;
  }
  return count;
}

// Length with white space collapsed, or something above the limit.
size_t collapsed_length(std::u32string_view text, size_t limit) {
  size_t length = 0;
  bool pending = false;
  for (const char32_t c : text) {
    if (is_python_space(c)) {
      pending = length > 0;
      continue;
    }
    length += pending ? 2 : 1;
    pending = false;
    if (length > limit) break;
  }
  return length;
}

bool like(const std::u32string& text) {
  const std::u32string bare = unwrap_math(text);
  const size_t length = without_spaces(bare).size();
  const size_t operators = count_operators(bare);
  const bool arrow = contains_any(bare, {U"\\xrightarrow", U"\\longrightarrow", U"\u2192"});
  if (length == 0 || (operators == 0 && !arrow)) return false;
  const auto ideographs = std::count_if(bare.begin(), bare.end(),
                                        [](char32_t c) { return c >= 0x4E00 && c <= 0x9FFF; });
  const size_t words = count_long_words(bare);
  const size_t formulas = count_delimited(text, {kDollars, kParentheses}, Inner::kLine) +
                          count_delimited(text, {kDoubleDollars, kBrackets}, Inner::kText);
  if (formulas > 0 && operators >= 1 && residue(bare) <= 18) return true;
  if (operators >= 1 && words <= 1 && length <= 80 && contains_any(bare, {U"\u25A1", U"\\square"}))
    return true;
  if (arrow && ideographs <= 24 && length <= 120) return true;
  if (operators >= 2 && words <= 2 && ideographs <= 12 && length <= 100 && count_digits(bare) >= 1)
    return true;
  return operators >= 3 && words == 0 && ideographs <= 18 && length <= 80;
}

// `(?<!\\)c` to `\c`.
std::u32string escape(std::u32string_view text, char32_t c) {
  std::u32string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == c && (i == 0 || text[i - 1] != U'\\')) out.push_back(U'\\');
    out.push_back(text[i]);
  }
  return out;
}

// Labels of reaction arrows become text; the kind of reaction moves below the arrow.
std::u32string with_text_labels(std::u32string_view text) {
  constexpr std::u32string_view kReaction = U"\u6C27\u5316\u8FD8\u539F\u53CD\u5E94";
  static const Regex arrow(R"(\\xrightarrow\s*\{([^{}]+)\})");
  const auto match = arrow.search(text);
  if (!match) return std::u32string(text);
  std::u32string label(strip(match->group(text, 1)));
  if (!contains(label, U"\\")) label = U"\\text{" + label + U"}";
  std::u32string out(strip(text.substr(0, match->begin())));
  std::u32string_view right = strip(text.substr(match->end()));
  if (right.ends_with(kReaction)) {
    right = strip(right.substr(0, right.size() - kReaction.size()));
    out.append(U" \\underset{").append(kReaction);
    out.append(U"}{\\xrightarrow{").append(label).append(U"}} ");
  } else {
    out.append(U" \\xrightarrow{").append(label).append(U"} ");
  }
  return out.append(right);
}

}  // namespace

bool formula_like(std::u32string_view text) {
  const size_t length = collapsed_length(text, kMaxText);
  return length >= 1 && length <= kMaxText && like(collapse_spaces(text));
}

std::u32string sanitise_formula(std::u32string_view text) {
  static constexpr std::array<std::pair<std::u32string_view, std::u32string_view>, 16> kSymbols{{
      {U"\u2026\u2026", U" \\cdots \\cdots "},
      {U"\u2026", U" \\cdots "},
      {U"\u00D7", U" \\times "},
      {U"\u00F7", U" \\div "},
      {U"\u2264", U" \\leq "},
      {U"\u2265", U" \\geq "},
      {U"\u2260", U" \\neq "},
      {U"\u2248", U" \\approx "},
      {U"\u25A1", U" \\square "},
      {U"\u25B3", U" \\triangle "},
      {U"\uFF08", U"("},
      {U"\uFF09", U")"},
      {U"\uFF3B", U"["},
      {U"\uFF3D", U"]"},
      {U"\uFF5B", U"{"},
      {U"\uFF5D", U"}"},
  }};
  std::u32string out = unwrap_math(collapse_spaces(text));
  for (const auto& [symbol, latex] : kSymbols)
    if (contains(out, symbol)) out = replace_all(out, symbol, latex);
  out = collapse_spaces(escape(escape(with_text_labels(out), U'%'), U'&'));
  if (out.empty() || out.starts_with(U"\\begin{") || out.starts_with(U"$$") ||
      out.starts_with(U"\\["))
    return out;
  return U"\\[ " + out + U" \\]";
}

bool formula_cell(std::u32string_view cell) {
  if (collapsed_length(cell, kMaxCell) > kMaxCell) return false;
  const std::u32string text = collapse_spaces(cell);
  if (text.find_first_of(U"=+-\u00D7\u00F7/\u2248") == text.npos &&
      !contains_any(text, {U"\\times", U"\\div", U"\\approx"}))
    return false;
  return (count_digits(text) >= 2 || contains(text, U"\\frac")) && formula_like(text);
}

bool drop_inline(std::u32string_view content) {
  const std::u32string bare = unwrap_math(content);
  const std::u32string name = without_spaces(bare);
  if (name.starts_with(U"\\xrightarrow") || name.starts_with(U"\\longrightarrow")) return true;
  if (name.empty() || name.size() > kMaxName) return false;
  if (bare.find_first_of(U"=<>\u2264\u2265\u2248\u2260^+-/") != bare.npos) return false;
  // What is left of the official test: its LaTeX operators hold a backslash, which no name does.
  const auto all_of = [&](auto test) { return std::all_of(name.begin(), name.end(), test); };
  return all_of([](char32_t c) {
           return is_ascii_letter(c) || (c >= U'0' && c <= U'9') || is_one_of(c, U"._,");
         }) ||
         all_of([](char32_t c) {
           return is_one_of(c, U"\u0393\u03B3\u03BB\u03BC\u03BDxyzuvwMNOabcABC0123456789._,");
         });
}

}  // namespace dsocr::omnidocbench
