#include "eval/omnidocbench/cdm/inputs.h"

#include "eval/normalize/unicode.h"
#include "eval/omnidocbench/text/latex_strings.h"
#include "eval/omnidocbench/text/regex.h"
#include "eval/omnidocbench/text/strings.h"

namespace dsocr::omnidocbench::cdm {
namespace {

bool is_matrix(std::u32string_view latex) {
  static const Regex matrix(R"(\\begin\{(?:small)?[pbBvV]?matrix\*?\})");
  if (matrix.found(latex)) return true;
  return contains(latex, U"\\begin{array}") && contains_any(latex, {U"\\left[", U"\\right]", U"&"});
}

// A cell or atom without what only changes its looks.
std::u32string without_style(std::u32string_view latex) {
  static const Regex style(
      R"(\\(?:mathbf|mathrm|mathit|mathsf|mathtt|boldsymbol|bm|text|textbf|displaystyle)\s*\{([^{}]*)\})");
  static const Regex atom(R"((?<![A-Za-z_^}])\{([A-Za-z0-9.+\-]+)\})");
  std::u32string text = replace_all(latex, U"\\dfrac", U"\\frac");
  for (const Regex* pattern : {&style, &atom}) {
    const std::u32string before = text;
    text = pattern->replace(
        before, [&](const Match& match) { return std::u32string(match.group(before, 1)); });
  }
  return text;
}

// The environment's body with bare cells: no blanks around `&` and `\\`, no `\\` at its ends.
std::u32string bare_cells(std::u32string_view body) {
  static const Regex separator(R"(\s*(&|\\\\)\s*)");
  std::u32string text = separator.replace(
      body, [&](const Match& match) { return std::u32string(match.group(body, 1)); });
  std::u32string_view inside = strip(text);
  while (inside.starts_with(U"\\\\")) inside = strip(inside.substr(2));
  while (inside.ends_with(U"\\\\")) inside = strip(inside.substr(0, inside.size() - 2));
  return std::u32string(inside);
}

std::u32string clean_matrices(const std::u32string& latex) {
  static const Regex environment(
      R"((\\begin\{(array|(?:small)?[pbBvV]?matrix\*?)\}(?:\{[^{}]*\})?)(.*?)(\\end\{\2\}))",
      Regex::kDotAll);
  const std::u32string text = without_style(latex);
  return environment.replace(text, [&](const Match& match) {
    return std::u32string(match.group(text, 1)) + bare_cells(match.group(text, 3)) +
           std::u32string(match.group(text, 4));
  });
}

}  // namespace

CdmPair cdm_pair(const Row& row, Version version) {
  if (version != Version::k17)
    return {metrics::encode_utf8(row.truth), metrics::encode_utf8(row.prediction), std::nullopt};
  const std::u32string truth =
      replace_all(std::u32string(strip(strip_tags(strip_delimiters(row.truth)))),
                  U"\\begin{array}{}", U"\\begin{array}{l}");
  const std::u32string predicted(strip(strip_tags(strip_delimiters(row.prediction))));
  CdmPair pair{metrics::encode_utf8(truth), metrics::encode_utf8(predicted), std::nullopt};
  if (is_matrix(predicted))
    if (std::u32string cleaned = clean_matrices(predicted); cleaned != predicted)
      pair.alternative = metrics::encode_utf8(cleaned);
  return pair;
}

}  // namespace dsocr::omnidocbench::cdm
