#include "eval/omnidocbench/text/inline_latex.h"

#include <algorithm>
#include <optional>

#include "eval/omnidocbench/latex/latex_to_text.h"
#include "eval/omnidocbench/text/delimiters.h"
#include "eval/omnidocbench/text/latex_strings.h"
#include "eval/omnidocbench/text/safe_latex.h"
#include "eval/omnidocbench/text/strings.h"

namespace dsocr::omnidocbench {
namespace {

constexpr size_t kMaxInline = 128;

// Without `\\([\\_&%^])`.
std::u32string without_escapes(std::u32string_view formula) {
  std::u32string out;
  out.reserve(formula.size());
  for (size_t i = 0; i < formula.size(); ++i) {
    if (formula[i] == U'\\' && i + 1 < formula.size() &&
        std::u32string_view(U"\\_&%^").find(formula[i + 1]) != std::u32string_view::npos)
      ++i;
    else
      out.push_back(formula[i]);
  }
  return out;
}

// Version 1.7 leaves formulas of several lines or cells, long ones and broken ones alone.
bool is_skipped(std::u32string_view formula) {
  if (formula.size() > kMaxInline) return true;
  if (contains_any(formula, {U"\\begin{", U"\\end{", U"\\array", U"\\matrix", U"\\tabular",
                             U"\\cases", U"\\align", U"\\\\", U"&"}))
    return true;
  return std::count(formula.begin(), formula.end(), U'{') !=
         std::count(formula.begin(), formula.end(), U'}');
}

// Nothing where the formula stays as it stands, delimiters included.
std::optional<std::u32string> formula_text(std::u32string_view formula, Version version) {
  std::u32string plain = without_escapes(formula);
  if (plain.find_first_of(U"\\^_") == plain.npos) return std::nullopt;
  if (version == Version::k17) {
    if (is_skipped(formula)) return std::nullopt;
    return std::u32string(strip(safe_latex_to_text(plain, plain)));
  }
  if (plain.ends_with(U'\\')) plain.push_back(U' ');  // the official converter would hang
  try {
    return std::u32string(strip(latex_to_text(plain, Pylatexenc::k30a30)));
  } catch (const LatexError&) {
    return std::nullopt;
  }
}

std::u32string convert_formulas(std::u32string_view text, Version version) {
  std::u32string out;
  size_t copied = 0;
  DelimiterScanner scanner(text, {kDollars, kParentheses}, Inner::kLine);
  while (const auto match = scanner.next()) {
    const auto plain = formula_text(match->inner(text), version);
    if (!plain) continue;
    out.append(text.substr(copied, match->begin - copied)).append(*plain);
    copied = match->end;
  }
  return out.append(text.substr(copied));
}

}  // namespace

std::u32string inline_latex_to_text(std::u32string_view text, Version version) {
  if (version != Version::k17) return convert_formulas(text, version);
  return std::u32string(strip(convert_formulas(decode_circled(text), version)));
}

std::u32string cross_text(bool is_formula, std::u32string_view text) {
  return inline_latex_to_text(is_formula ? strip_delimiters(text) : text);
}

}  // namespace dsocr::omnidocbench
