#pragma once

#include <string>
#include <string_view>

namespace dsocr::omnidocbench::cdm {

/// What the parser does with a command (spec: OmniDocBench CDM, section 2).
enum class Syntax {
  kOther,
  kFraction,  // two arguments, printed as \frac
  kBinomial,  // two arguments, printed as \binom
  kRoot,      // an index in brackets and one argument
  kAccent,    // one argument, always in braces
  kLine,      // \overline and \underline: braces around the argument with its own
  kFont,      // one argument
  kText,      // one argument in text mode, printed as \mathrm
  kLimit,     // a function with limits, printed as \operatorname*
  kFunction,  // another function name
  kOperator,  // \sum and the like
  kLimits,    // \limits, \nolimits
  kLeft,
  kRight,
  kBegin,
  kEnd,
  kBig,    // \big and the like before a delimiter
  kStyle,  // a switch for the rest of the group
  kInfix,  // \over, \choose, \atop
  kColour,
  kPhantom,
};

Syntax syntax_of(std::u32string_view command);

/// The arguments that pylatexenc 2.10 reads after a command in mathematics: `*`, `[`, `{`.
std::string_view argument_spec(std::u32string_view command);

bool is_lower_greek(std::u32string_view command);

/// What KaTeX takes after \left, \right and \big.
bool is_delimiter(std::u32string_view token);

/// Names that are commands by themselves, as \sin.
bool is_function_name(std::u32string_view name);

}  // namespace dsocr::omnidocbench::cdm
