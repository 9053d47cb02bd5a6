#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dsocr::data {

/// A table as text: which cell stands where.
struct Table {
  struct Cell {
    std::string text = {};  // UTF-8
    bool header = false;
    int row = 0, column = 0;
    int num_rows = 1, num_columns = 1;  // that it covers

    bool operator==(const Cell&) const = default;
  };
  int num_rows = 0, num_columns = 0;
  std::vector<Cell> cells = {};  // by row, then column

  bool operator==(const Table&) const = default;
};

/// Reads one `<table>` element: rows of th and td with rowspan and colspan, within thead, tbody and
/// tfoot or not; other elements count for their text. Throws DataError when it is not well-formed
/// XML, has no cell, or a span that leaves the table.
Table parse_table(std::string_view html);

/// The table as DeepSeek-OCR writes it: `<table><tr><td>a</td>...`, without white space and with no
/// attributes but spans.
std::string to_html(const Table& table);

}  // namespace dsocr::data
