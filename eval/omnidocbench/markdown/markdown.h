#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "eval/omnidocbench/version.h"

namespace dsocr::omnidocbench {

/// What the evaluator finds on a predicted page (spec: OmniDocBench, section 3).
struct Item {
  std::string category;   // text_all, equation_isolated, html_table, latex_table, formula_rescue
  std::string fine = {};  // finer kind, such as text_block or equation_inline; may be empty
  size_t start = 0;       // where it stood in the text, in code points; drifts as in the official
  size_t end = 0;         // parser, and is only good for the order
  std::u32string content = {};

  const std::string& kind() const { return fine.empty() ? category : fine; }
};

/// Cuts the Markdown of a page into items, sorted by their start.
/// Throws std::runtime_error for a text with so many unclosed tables that it takes too long.
std::vector<Item> parse_markdown(std::u32string_view markdown, Rules rules);

/// The items grouped by category, categories in the order of their first item.
std::vector<Item> grouped(const std::vector<Item>& items);

}  // namespace dsocr::omnidocbench
