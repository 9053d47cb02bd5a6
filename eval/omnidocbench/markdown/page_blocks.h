#pragma once

#include <string>
#include <string_view>

// Blocks of a predicted page that version 1.7 treats apart
// (spec: OmniDocBench v1.6/1.7, section 2).
namespace dsocr::omnidocbench {

/// A page without the math delimiters in blocks that describe an image (step 2).
std::u32string strip_image_descriptions(std::u32string_view page);

/// True for a paragraph that is a `<div>` or `<dir>` without a table (step 7).
bool is_div(std::u32string_view paragraph);

/// The lines of text of such a paragraph. Throws HtmlRejected where Python's html.parser fails.
std::u32string div_text(std::u32string_view paragraph);

}  // namespace dsocr::omnidocbench
