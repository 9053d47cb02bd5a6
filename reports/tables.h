#pragma once

#include <string>

#include "reports/document.h"

namespace dsocr::reports {

/// A cell as people read it: "95.9", "95.9 [93.1, 97.8]", "" for null.
std::string format_cell(const nlohmann::ordered_json& cell, const Column& column);

/// GitHub-flavoured Markdown table without its title.
std::string to_markdown(const Table& table);

/// RFC 4180 CSV of the stored values: full precision, and for an estimate two more columns
/// `<key>_low` and `<key>_high`.
std::string to_csv(const Table& table);

/// Columns aligned for a terminal; numbers to the right.
std::string to_text(const Table& table);

}  // namespace dsocr::reports
