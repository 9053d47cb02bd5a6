#pragma once

#include <string>
#include <string_view>

namespace dsocr::omnidocbench {

/// True for a text with at least two rows of Markdown tables, as the official tool sees rows.
bool has_markdown_table(std::u32string_view text);

/// Turns Markdown tables into HTML, with what the official converter loses on the way: the line
/// before a table and cells with ":" or "---" (spec: OmniDocBench, section 3.1).
std::u32string convert_markdown_tables(std::u32string_view text);

/// The same without losses: neighbouring lines between bars are the rows of a table, the line of
/// dashes under the head is none, `\|` is a bar in a cell.
std::u32string whole_markdown_tables(std::u32string_view text);

}  // namespace dsocr::omnidocbench
