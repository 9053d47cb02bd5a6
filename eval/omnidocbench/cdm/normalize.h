#pragma once

#include <string>
#include <string_view>

#include "eval/omnidocbench/cdm/commands.h"
#include "eval/omnidocbench/version.h"

namespace dsocr::omnidocbench::cdm {

/// Brings the tokens of a formula, separated by blanks, to one form: sizes and lengths joined to
/// their command, function names spelt in roman letters, braces around every argument (spec:
/// OmniDocBench CDM, section 3). Throws FormulaError when a group has no end.
std::u32string normalize_tokens(std::u32string_view tokenized, Version version);

/// Step 5 of it: braces around the arguments of commands. Linear in the number of pieces.
Pieces brace_arguments(const Pieces& pieces, Version version);

}  // namespace dsocr::omnidocbench::cdm
