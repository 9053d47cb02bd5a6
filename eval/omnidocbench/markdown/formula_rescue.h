#pragma once

#include <string>
#include <string_view>

// Formulas that a prediction wrote as plain text, in captions of images and in cells of tables
// (spec: OmniDocBench v1.6/1.7, section 2).
namespace dsocr::omnidocbench {

/// True for a short text that is mostly operators and digits ("formula_like").
bool formula_like(std::u32string_view text);

/// Such a text as LaTeX in `\[ \]`; empty if it is blank ("sanitise").
std::u32string sanitise_formula(std::u32string_view text);

/// True for the text of a table's cell that counts as a formula (step 4). White space is collapsed.
bool formula_cell(std::u32string_view cell);

/// True for an inline formula that is a bare name or number, or an arrow with a label, and does not
/// count as a formula (step 8). `content` is with its delimiters.
bool drop_inline(std::u32string_view content);

}  // namespace dsocr::omnidocbench
