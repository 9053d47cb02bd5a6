#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "eval/omnidocbench/version.h"

namespace dsocr::omnidocbench {

/// The form in which tables are compared: one line `<html><body><table border="1" >...` of HTML,
/// empty when the text holds no `<table` (spec: OmniDocBench, section 4.4; for v1.7 also section 6
/// of the supplement). Throws HtmlRejected (html_tokenizer.h) where the official tool stops.
std::u32string normalise_table(std::u32string_view text, Version version);

/// The string of each `td` that holds a single one, without `$\cdot$`, stripped: what becomes of
/// predicted tables that are left over (section 5.2). Throws like normalise_table, and
/// std::runtime_error when nested cells would repeat their text without bound.
std::vector<std::u32string> table_cell_texts(std::u32string_view html);

/// The text of each td and th in document order, its pieces joined by blanks and white space
/// collapsed (supplement, section 2, step 4). Longer ones are cut off at kLongestCellText: no rule
/// takes them. Throws like table_cell_texts.
std::vector<std::u32string> cell_texts(std::u32string_view html);

inline constexpr size_t kLongestCellText = 256;

}  // namespace dsocr::omnidocbench
