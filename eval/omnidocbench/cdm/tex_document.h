#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "eval/omnidocbench/version.h"

namespace dsocr::omnidocbench::cdm {

/// How a formula is typeset.
struct PageStyle {
  int paper = 5;         // A5 and the like, landscape
  bool chinese = false;  // v1.7: ideographs need the package CJK
  bool operator<(const PageStyle& other) const {
    return std::tie(paper, chinese) < std::tie(other.paper, other.chinese);
  }
};

/// What TeX's log tells of one formula of a document.
struct FormulaPages {
  bool finished = false;  // TeX came to its end and was in the state that it began in
  bool overfull = false;  // a box does not fit
  double too_wide = 0;    // by how many points a display does not fit
  size_t first_page = 0;  // in the PDF, from 0
  size_t num_pages = 0;
};

/// A LaTeX document with one page for each formula in turn (spec: OmniDocBench CDM, section 5).
/// Pages end below their formula when `short_pages` is set: rasters are smaller and the same.
std::string tex_document(std::span<const std::string_view> formulas, const PageStyle& style,
                         Version version, std::string_view chinese_font, bool short_pages);

/// Where the formulas of such a document went.
std::vector<FormulaPages> read_log(std::string_view log, size_t num_formulas);

/// The next larger paper to try for a formula, v1.7: one step, or as many as its display needs.
int larger_paper(int paper, double too_wide);

/// Whether a formula may change what follows in its document.
bool has_lasting_effect(std::string_view formula);

}  // namespace dsocr::omnidocbench::cdm
