#pragma once

#include <string>
#include <string_view>

#include "eval/omnidocbench/version.h"

namespace dsocr::omnidocbench {

/// A formula as the evaluator compares it: without delimiters, tags, fonts, spacing and, in version
/// 1.7, needless braces; in lower case.
/// (spec: OmniDocBench, sections 4.3 and 10; OmniDocBench v1.6/1.7, section 3)
std::u32string normalise_formula(std::u32string_view formula, Version version);

}  // namespace dsocr::omnidocbench
