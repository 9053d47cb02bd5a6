#pragma once

#include <string>
#include <string_view>

#include "eval/omnidocbench/version.h"

namespace dsocr::omnidocbench {

/// Only letters, numbers and `_` of a text; the two-character sequences `\t`, `\n` and, but for
/// corrected rules, `/t` and `/n` go as a whole. Case stays. (spec: OmniDocBench, section 4.1,
/// "clean")
std::u32string clean_text(std::u32string_view text, Rules rules);

/// A text as the evaluator compares it: inline formulas as plain text, then clean.
/// (spec: OmniDocBench, section 4.1; OmniDocBench v1.6/1.7, section 1)
std::u32string normalise_text(std::u32string_view text, Rules rules);

}  // namespace dsocr::omnidocbench
