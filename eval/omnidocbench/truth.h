#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eval/omnidocbench/version.h"

namespace dsocr::omnidocbench {

inline constexpr std::string_view kFormulaClass = "equation_isolated";
inline constexpr std::string_view kTableClass = "table";

/// Classes whose elements are text, in the official order, and those that never reach a score
/// (spec: OmniDocBench, section 2.1).
bool is_text_class(std::string_view category);
bool is_ignored_class(std::string_view category);

/// An annotated element of a page.
struct TruthElement {
  std::string category;
  std::u32string content;           // text; LaTeX of a formula; HTML of a table
  std::u32string latex = {};        // of a table
  std::optional<double> order;      // place in the reading order
  std::vector<std::string> labels;  // attributes as Python writes them, "with_span: True"
};

struct TruthPage {
  std::string image;                // file name
  int64_t width = 0, height = 0;    // pixels, 0 where the file does not say
  std::vector<std::string> labels;  // "language: english", special issues such as "fuzzy_scan"
  /// Texts and formulas, classes in the official order, sorted by reading order.
  std::vector<TruthElement> elements;
  std::vector<TruthElement> tables;  // sorted by reading order

  /// The value of a page attribute, empty when the page has none.
  std::string attribute(std::string_view name) const;
};

/// Reads OmniDocBench.json; texts that were cut by a column or page break are joined as the version
/// does it (spec: sections 2.3 and 11.1).
/// Throws data::DataError with the path of the offending field: "[3].page_info.image_path".
std::vector<TruthPage> read_truth(const std::filesystem::path& file, Rules rules);

}  // namespace dsocr::omnidocbench
