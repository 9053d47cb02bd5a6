#include "eval/omnidocbench/text/formula_norm.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "eval/normalize/unicode.h"
#include "eval/omnidocbench/text/brace_groups.h"
#include "eval/omnidocbench/text/delimiters.h"
#include "eval/omnidocbench/text/latex_strings.h"
#include "eval/omnidocbench/text/strings.h"

namespace dsocr::omnidocbench {
namespace {

// Deleted one after the other wherever they stand, inside of longer commands too.
constexpr std::array<std::u32string_view, 39> kLiterals{U"\\mathbf",
                                                        U"\\mathrm",
                                                        U"\\mathnormal",
                                                        U"\\mathit",
                                                        U"\\mathbb",
                                                        U"\\mathcal",
                                                        U"\\mathscr",
                                                        U"\\mathfrak",
                                                        U"\\mathsf",
                                                        U"\\mathtt",
                                                        U"\\textbf",
                                                        U"\\text",
                                                        U"\\boldmath",
                                                        U"\\boldsymbol",
                                                        U"\\operatorname",
                                                        U"\\bm",
                                                        U"\\symbfit",
                                                        U"\\mathbfcal",
                                                        U"\\symbf",
                                                        U"\\scriptscriptstyle",
                                                        U"\\notag",
                                                        U"\\setlength",
                                                        U"\\coloneqq",
                                                        U"\\space",
                                                        U"\\thickspace",
                                                        U"\\thinspace",
                                                        U"\\medspace",
                                                        U"\\nobreakspace",
                                                        U"\\negmedspace",
                                                        U"\\quad",
                                                        U"\\qquad",
                                                        U"\\enspace",
                                                        U"\\substackw",
                                                        U" ",
                                                        U"$$",
                                                        U"\\left",
                                                        U"\\right",
                                                        U"\\displaystyle",
                                                        U"\\text"};
constexpr size_t kLiterals10 = 34;  // version 1.0 stops after the blank

void remove_literal(std::u32string& text, std::u32string_view literal) {
  size_t hit = text.find(literal);
  if (hit == text.npos) return;
  size_t to = hit;
  for (size_t at = hit + literal.size(); at < text.size();) {
    hit = std::min(text.find(literal, at), text.size());
    std::copy(text.begin() + static_cast<std::ptrdiff_t>(at),
              text.begin() + static_cast<std::ptrdiff_t>(hit),
              text.begin() + static_cast<std::ptrdiff_t>(to));
    to += hit - at;
    at = hit == text.size() ? hit : hit + literal.size();
  }
  text.resize(to);
}

// The characters after a backslash, as bits of their codes modulo 64.
uint64_t command_starts(std::u32string_view text) {
  uint64_t starts = 0;
  for (size_t i = 0; i + 1 < text.size(); ++i)
    if (text[i] == U'\\') starts |= uint64_t{1} << (text[i + 1] % 64);
  return starts;
}

void remove_literals(std::u32string& text, std::span<const std::u32string_view> literals) {
  uint64_t starts = command_starts(text);
  for (const std::u32string_view literal : literals) {
    if (literal[0] == U'\\' && !(starts >> (literal[1] % 64) & 1)) continue;
    const size_t size = text.size();
    remove_literal(text, literal);
    if (text.size() != size) starts = command_starts(text);
  }
}

void remove_command(std::u32string& text, std::u32string_view open) {
  if (contains(text, open)) text = remove_delimited(text, {open, U"}"});
}

void lower(std::u32string& text) {
  if (std::any_of(text.begin(), text.end(), [](char32_t c) { return c >= 0x80; })) {
    text = metrics::to_lower(text);
    return;
  }
  for (char32_t& c : text)
    if (c >= U'A' && c <= U'Z') c += U'a' - U'A';
}

// `\\[!,;:]` and, after it, `(?<!\\)&`.
void remove_spacing_and_cells(std::u32string& text) {
  std::u32string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == U'\\' && i + 1 < text.size() &&
        std::u32string_view(U"!,;:").find(text[i + 1]) != std::u32string_view::npos)
      ++i;
    else
      out.push_back(text[i]);
  }
  size_t to = 0;
  char32_t previous = U'\0';
  for (const char32_t c : out) {
    if (c != U'&' || previous == U'\\') out[to++] = c;
    previous = c;
  }
  out.resize(to);
  text = std::move(out);
}

void remove_phantoms(std::u32string& text) {
  constexpr std::u32string_view kPhantom = U"\\phantom{";
  if (!contains(text, kPhantom)) return;
  const std::vector<size_t> match = matching_braces(text);
  std::u32string out;
  size_t copied = 0;
  for (size_t hit = text.find(kPhantom); hit != text.npos; hit = text.find(kPhantom, hit + 1)) {
    const size_t close = match[hit + kPhantom.size() - 1];
    if (hit < copied || close == kUnclosed) continue;
    out.append(text, copied, hit - copied);
    copied = close + 1;
  }
  text = out.append(text, copied);
}

// `\{[lcr| ]+\}`
void remove_column_specs(std::u32string& text) {
  std::u32string out;
  size_t copied = 0;
  for (size_t open = text.find(U'{'); open != text.npos; open = text.find(U'{', open + 1)) {
    const size_t close = text.find_first_not_of(U"lcr| ", open + 1);
    if (close == text.npos || text[close] != U'}' || close == open + 1) continue;
    out.append(text, copied, open - copied);
    copied = close + 1;
  }
  if (copied > 0) text = out.append(text, copied);
}

std::u32string normalise_17(std::u32string_view formula) {
  std::u32string text = strip_tags(strip_delimiters(decode_circled(formula)));
  if (const auto found = first_delimited(text, {kBrackets, kParentheses}, Inner::kLineNotEmpty))
    text = std::u32string(strip(found->inner(text)));
  remove_phantoms(text);
  remove_spacing_and_cells(text);
  for (const std::u32string_view bar : {U"\\mid", U"\\vert"})
    if (contains(text, bar)) text = replace_all(text, bar, U"|");
  text = remove_all(text, {U"\\{", U"\\}", U"~"});
  for (const std::u32string_view open : {U"\\hspace{", U"\\begin{", U"\\end{", U"\\arraycolsep"})
    remove_command(text, open);
  remove_column_specs(text);
  text = std::u32string(strip(text, U"."));
  remove_literals(text, kLiterals);
  text = drop_needless_braces(text);
  lower(text);
  return without_spaces(text);
}

}  // namespace

std::u32string normalise_formula(std::u32string_view formula, Version version) {
  if (version == Version::k17) return normalise_17(formula);
  if (version == Version::k15) formula = strip(strip(strip(formula), U"$"), U"\n");
  if (const auto found = first_delimited(formula, {kBrackets}, Inner::kLineNotEmpty))
    formula = strip(found->inner(formula));
  std::u32string text(formula);
  for (const std::u32string_view open :
       {U"\\tag{", U"\\hspace{", U"\\begin{", U"\\end{", U"\\arraycolsep"})
    remove_command(text, open);
  text = std::u32string(strip(text, U"."));
  remove_literals(
      text, std::span(kLiterals).first(version == Version::k10 ? kLiterals10 : kLiterals.size()));
  lower(text);
  return text;
}

}  // namespace dsocr::omnidocbench
