#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dsocr::omnidocbench {

/// A line of a formula of several lines, as a formula of its own: "\[line\]".
struct FormulaLine {
  std::u32string content;
  size_t start, end;  // first and last character of the line in the text, in code points
};

/// The lines of a formula that holds an `array` of one column; what stands around the array is
/// lost. Empty: not split. `start` is the formula's place in the text that it stands in.
/// (spec: OmniDocBench, section 5.3, step 1; versions 1.0 and 1.5)
std::vector<FormulaLine> split_array(std::u32string_view formula, size_t start);

/// The lines of a formula that is wholly one array, aligned block, gather and so on, or text with
/// top-level `\\`. Empty: not split. (spec: OmniDocBench v1.6/1.7, section 4)
std::vector<FormulaLine> split_multiline(std::u32string_view formula, size_t start);

/// Every `cases` block that tells a chain of conclusions instead of cases becomes an array in a
/// brace. Blocks nested more than 32 deep are left alone.
/// (spec: OmniDocBench v1.6/1.7, section 4, "logic braces")
std::u32string logic_braces(std::u32string_view formula);

}  // namespace dsocr::omnidocbench
