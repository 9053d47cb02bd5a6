#pragma once

#include <string>
#include <string_view>

#include "eval/omnidocbench/version.h"

namespace dsocr::omnidocbench::cdm {

struct TokenizedFormula {
  bool parsed = false;
  std::u32string text;  // tokens separated by blanks; the source where it could not be parsed
};

/// Splits the LaTeX of a formula into tokens and brings scripts, fractions, fonts and environments
/// to one form (spec: OmniDocBench CDM, section 2). v1.7 has a parser of its own; v1.5 follows
/// KaTeX and rejects more. What is rejected comes back as it was, with `\%` written out. Linear in
/// the length up to a constant depth of nesting, beyond which a formula is rejected.
TokenizedFormula tokenize_formula(std::u32string_view latex, Version version);

}  // namespace dsocr::omnidocbench::cdm
