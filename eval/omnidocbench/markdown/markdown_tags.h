#pragma once

#include <string>
#include <string_view>
#include <vector>

// Where things stand in a predicted page: scanners for the patterns of the official parser (spec:
// OmniDocBench, section 3) that read the text once, whatever it holds.
namespace dsocr::omnidocbench {

struct Span {
  size_t begin = 0, end = 0;  // [begin, end) in code points
};

/// `![...](...)` within one line.
std::vector<Span> find_images(std::u32string_view text);

/// `\begin{table}` ... `\end{table}` and outermost tabulars outside of these, in order. A tabular's
/// region is one character too long, as in the official parser.
/// Throws std::runtime_error when unclosed tags make it take too long; so does find_html_tables.
std::vector<Span> find_latex_tables(std::u32string_view text);

/// Outermost `<table ...>` ... `</table>`.
std::vector<Span> find_html_tables(std::u32string_view text);

/// `$$..$$`, `\[..\]`, `$..$` and `\(..\)`, delimiters included.
std::vector<Span> find_formulas(std::u32string_view text);

/// Replaces \title{x}, \text{x}, \section{x} and \section*{x} by x.
void unwrap_commands(std::u32string& text);

}  // namespace dsocr::omnidocbench
