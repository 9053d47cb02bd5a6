#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dsocr::omnidocbench {

/// A part of a formula as a prediction wrote it.
struct FormulaPiece {
  std::u32string content;
  size_t start, end;  // roughly where it stands, in code points
  bool is_caption;    // a number or caption at the formula's side (text_all, equation_caption)
};

/// The pieces that a formula with its delimiters gives, formulas first, texts of the margin after
/// them: numbers and captions are cut off, formulas side by side are cut apart. `start` and `end`
/// are those of the formula. (spec: OmniDocBench v1.6/1.7, section 2, step 5)
std::vector<FormulaPiece> formula_pieces(std::u32string_view formula, size_t start, size_t end);

}  // namespace dsocr::omnidocbench
