#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace dsocr::omnidocbench {

/// How an element of one official result compares with ours.
struct OfficialComparison {
  std::string run;           // "v15/demo": version and set of predictions
  std::string element;       // text_block, display_formula, table or reading_order
  size_t num_values = 0;     // numbers and texts that were compared: scores, pages, rows
  size_t num_different = 0;  // beyond 1e-9, or another text
  double largest = 0;        // difference of numbers
  std::string first = {};    // the first that differs, in words
};

/// Scores the prediction sets of a golden folder (`pred`, `result`; spec: OmniDocBench) and holds
/// every score, page and row against what the official tool wrote. `demo` is the folder of the demo
/// pages. CDM is left out.
/// Throws data::DataError or std::runtime_error for files that cannot be read.
std::vector<OfficialComparison> compare_with_official(const std::filesystem::path& golden,
                                                      const std::filesystem::path& demo);

}  // namespace dsocr::omnidocbench
