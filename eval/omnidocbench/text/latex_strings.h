#pragma once

#include <string>
#include <string_view>
#include <vector>

// Small operations on LaTeX as text, of the evaluator's version 1.7
// (spec: OmniDocBench v1.6/1.7, section 1).
namespace dsocr::omnidocbench {

/// Without the math delimiters around it, however many there are; stripped ("delims").
std::u32string_view strip_delimiters(std::u32string_view text);

/// Without `\tag{..}`, `\tag*{..}`, `\notag` and `\nonumber` ("tags").
std::u32string strip_tags(std::u32string_view text);

/// `\textcircled{x}` and circled numbers and letters as plain ones ("circ").
std::u32string decode_circled(std::u32string_view text);

/// Without math delimiters anywhere; a blank stands for each ("unwrap").
std::u32string unwrap_math(std::u32string_view text);

/// A text taken apart into its outermost math delimiters and what they enclose.
struct Envelope {
  std::u32string left, inside, right;

  /// Another text in these delimiters; the text alone where there are none.
  std::u32string wrap(std::u32string_view text) const;
};

/// White space is collapsed first ("envelope").
Envelope envelope(std::u32string_view text);

/// The rows between top-level `\\`, stripped, without blank ones ("rows").
std::vector<std::u32string> split_rows(std::u32string_view text);

/// Place of the first `&` outside of braces and environments; npos if there is none.
size_t top_level_ampersand(std::u32string_view text);

}  // namespace dsocr::omnidocbench
