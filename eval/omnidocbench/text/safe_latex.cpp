#include "eval/omnidocbench/text/safe_latex.h"

#include <algorithm>
#include <vector>

#include "eval/omnidocbench/latex/latex_to_text.h"
#include "eval/omnidocbench/text/regex.h"
#include "eval/omnidocbench/text/strings.h"

namespace dsocr::omnidocbench {
namespace {

constexpr size_t kMaxLength = 8000;

size_t count_words(std::u32string_view text) {
  size_t words = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t letters = ascii_letters_from(text, at);
    if (letters >= 3) ++words;
    at += std::max<size_t>(letters, 1);
  }
  return words;
}

size_t count_commands(std::u32string_view text) {
  size_t commands = 0;
  for (size_t at = text.find(U'\\'); at != text.npos; at = text.find(U'\\', at + 1))
    if (ascii_letters_from(text, at + 1) > 0) ++commands;
  return commands;
}

size_t count_literal(std::u32string_view text, std::u32string_view literal) {
  size_t count = 0;
  for (size_t at = text.find(literal); at != text.npos;
       at = text.find(literal, at + literal.size()))
    ++count;
  return count;
}

// `\\[A-Za-z]+|[_^{}$]|\\[\[\]()]]|&|%|#`: the official pattern, with its stray bracket.
size_t count_signs(std::u32string_view text) {
  size_t signs = 0;
  for (size_t at = 0; at < text.size();) {
    size_t length = 0;
    if (text[at] == U'\\') {
      if (const size_t letters = ascii_letters_from(text, at + 1))
        length = 1 + letters;
      else if (at + 2 < text.size() && is_one_of(text[at + 1], U"[]()") && text[at + 2] == U']')
        length = 3;
    } else if (is_one_of(text[at], U"_^{}$&%#")) {
      length = 1;
    }
    if (length > 0) ++signs;
    at += std::max<size_t>(length, 1);
  }
  return signs;
}

bool braces_match(std::u32string_view text) {
  size_t depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == U'\\' && i + 1 < text.size() && is_one_of(text[i + 1], U"{}[]()")) {
      ++i;
    } else if (text[i] == U'{') {
      ++depth;
    } else if (text[i] == U'}') {
      if (depth == 0) return false;
      --depth;
    }
  }
  return depth == 0;
}

bool environments_match(std::u32string_view text) {
  if (!contains_any(text, {U"\\begin{", U"\\end{"})) return true;
  static const Regex tag(R"(\\(begin|end)\{([^}]*)\})");
  std::vector<std::u32string_view> open;
  for (const Match& match : tag.find_all(text)) {
    const std::u32string_view name = match.group(text, 2);
    if (match.group(text, 1) == U"begin") {
      open.push_back(name);
    } else {
      if (open.empty() || open.back() != name) return false;
      open.pop_back();
    }
  }
  return open.empty();
}

bool delimiters_match(std::u32string_view text) {
  static const Regex left(R"(\\left\b)"), right(R"(\\right\b)");
  if (contains_any(text, {U"\\left", U"\\right"}) && left.count(text) != right.count(text))
    return false;
  if (count_literal(text, U"\\(") != count_literal(text, U"\\)")) return false;
  if (count_literal(text, U"\\[") != count_literal(text, U"\\]")) return false;
  size_t dollars = 0;
  for (size_t i = 0; i < text.size(); ++i)
    if (text[i] == U'$' && (i == 0 || text[i - 1] != U'\\')) ++dollars;
  return dollars % 2 == 0;
}

}  // namespace

bool is_noise(std::u32string_view text) {
  if (text.size() < 32 || text.find_first_of(U"{}$^_") != text.npos) return false;
  if (contains_any(text, {U"\\frac", U"\\sqrt", U"\\left", U"\\right", U"\\begin", U"\\end",
                          U"\\sum", U"\\int", U"\\alpha", U"\\beta"}))
    return false;
  return count_signs(text) <= 2 && count_words(text) >= 6 &&
         std::count(text.begin(), text.end(), U' ') >= 5;
}

bool is_weak_latex(std::u32string_view text) {
  if (text == U"\\" || text == U"\\\\") return true;
  const size_t commands = count_commands(text), words = count_words(text);
  const auto math = std::count_if(text.begin(), text.end(),
                                  [](char32_t c) { return is_one_of(c, U"{}$^_=&%#"); });
  if (commands == 0 && text.ends_with(U"\\") && !text.ends_with(U"\\\\")) return true;
  if (commands == 0 && math == 0 && contains(text, U"\\")) return true;
  return (words >= 2 && commands == 0 && math <= 1) || (words >= 4 && commands <= 1 && math <= 2);
}

bool is_bad_latex(std::u32string_view text, LatexKind kind) {
  if (text.size() > kMaxLength || !braces_match(text) || !environments_match(text)) return true;
  return kind == LatexKind::kText && !delimiters_match(text);
}

std::u32string safe_latex_to_text(std::u32string_view latex, std::u32string_view fallback) {
  const std::u32string_view text = strip(latex);
  if (text.empty()) return std::u32string(fallback);
  if (text.find_first_of(U"\\{}$") == text.npos) return std::u32string(text);
  if (is_noise(text) || is_weak_latex(text) || is_bad_latex(text, LatexKind::kText))
    return std::u32string(fallback);
  try {
    return latex_to_text(text, Pylatexenc::k210);
  } catch (const LatexError&) {
    return std::u32string(fallback);
  }
}

}  // namespace dsocr::omnidocbench
