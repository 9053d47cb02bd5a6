#pragma once

#include <string>
#include <string_view>

#include "eval/omnidocbench/version.h"

namespace dsocr::omnidocbench {

/// A text with the formulas `$..$` and `\(..\)` of its lines turned into plain text, where they
/// hold any LaTeX and it can be converted. Version 1.7 also decodes circled characters and strips.
/// (spec: OmniDocBench, section 4.1; OmniDocBench v1.6/1.7, section 1, "unicode")
std::u32string inline_latex_to_text(std::u32string_view text, Version version = Version::k17);

/// Version 1.7 compares a formula with a text as two texts: the formula goes without its delimiters
/// ("cross").
std::u32string cross_text(bool is_formula, std::u32string_view text);

}  // namespace dsocr::omnidocbench
