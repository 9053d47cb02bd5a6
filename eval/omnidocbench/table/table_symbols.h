#pragma once

#include <string>
#include <string_view>

namespace dsocr::omnidocbench {

/// A piece of text of a table cell in v1.7's normal form: NFKC, LaTeX commands of symbols and
/// look-alikes replaced by one character, simple math delimiters stripped, dashes unified, white
/// space collapsed (spec: OmniDocBench, supplement for v1.6/1.7, section 6).
std::u32string normalise_cell_text(std::u32string_view text);

}  // namespace dsocr::omnidocbench
