#include "eval/omnidocbench/markdown/markdown_table.h"

#include <utility>
#include <vector>

#include "eval/omnidocbench/text/forward_finder.h"
#include "eval/omnidocbench/text/regex.h"
#include "eval/omnidocbench/text/strings.h"

namespace dsocr::omnidocbench {
namespace {

using Span = std::pair<size_t, size_t>;

// What `\|\s*.*?\s*\|\n` finds: from a bar to the next one that ends a line.
std::vector<Span> find_rows(std::u32string_view text) {
  std::vector<Span> rows;
  ForwardFinder row_end(text, U"|\n");
  for (size_t at = text.find(U'|'); at != text.npos;) {
    const size_t end = row_end.find(at + 1);
    if (end == text.npos) break;
    rows.emplace_back(at, end + 2);
    at = text.find(U'|', end + 2);
  }
  return rows;
}

void write_cells(std::u32string_view line, std::u32string_view tag, std::u32string& out) {
  const std::vector<std::u32string> cells = split(strip(line), U"|");
  for (size_t i = 1; i + 1 < cells.size(); ++i) {
    out.append(U"      <").append(tag).append(U">").append(strip(cells[i]));
    out.append(U"</").append(tag).append(U">\n");
  }
}

// The first line is taken for a head and the second for the line under it.
void write_table(std::u32string_view rows, std::u32string& out) {
  const std::vector<std::u32string> lines = split(strip(rows), U"\n");
  out.append(U"<table>\n  <thead>\n    <tr>\n");
  write_cells(lines[0], U"th", out);
  out.append(U"    </tr>\n  </thead>\n  <tbody>\n");
  for (size_t i = 2; i < lines.size(); ++i) {
    out.append(U"    <tr>\n");
    write_cells(lines[i], U"td", out);
    out.append(U"    </tr>\n");
  }
  out.append(U"  </tbody>\n</table>\n");
}

// Every row is a table of its own so far: they become one.
std::u32string merge_tables(std::u32string_view html) {
  static const Regex comment(R"(<!--[\s\S]*?-->)");
  static const Regex table(R"(<table>[\s\S]*?</table>)");
  static const Regex structure(R"(</?t(able|head|body)>)");
  const std::u32string text = comment.remove(html);
  std::vector<std::u32string> kept;
  for (const Match& match : table.find_all(text)) {
    std::vector<std::u32string> lines;
    for (std::u32string& line : split(match.group(text, 0), U"\n")) {
      if (contains(line, U"<th>"))
        line = replace_all(replace_all(line, U"<th>", U"<td>"), U"</th>", U"</td>");
      if (!structure.found(line)) lines.push_back(std::move(line));
    }
    if (lines.size() > 2) kept.insert(kept.end(), lines.begin(), lines.end());
  }
  return U"\n\n<table>\n" + join(kept, U"\n") + U"\n</table>\n\n";
}

// Joins the tables of neighbouring rows, line by line.
std::u32string join_rows(std::u32string_view text) {
  std::vector<std::u32string> out;
  std::u32string table, last;
  bool inside = false;
  for (std::u32string& line : split(text, U"\n")) {
    if (contains(line, U"<table>")) {
      inside = true;
      table += last;
    } else if (inside) {
      if (!contains_any(last, {U":", U"---", U"</thead>"})) table.append(U"\n").append(last);
      if (contains(last, U"</table>")) {
        inside = false;
        out.push_back(merge_tables(table));
        table.clear();
      }
    } else {
      out.push_back(last);
    }
    last = std::move(line);
  }
  if (!last.empty()) {
    if (inside || contains(last, U"</table>"))
      out.push_back(merge_tables(table + U"\n" + last));
    else
      out.push_back(last);
  }
  return join(out, U"\n");
}

// Cells between the bars of a line.
std::vector<std::u32string> cells_of(std::u32string_view line) {
  std::vector<std::u32string> cells;
  std::u32string cell;
  for (size_t i = 1; i < line.size(); ++i) {
    if (line[i] == U'\\' && i + 1 < line.size() && line[i + 1] == U'|') {
      cell += line[++i];
    } else if (line[i] == U'|') {
      cells.emplace_back(strip(cell));
      cell.clear();
    } else {
      cell += line[i];
    }
  }
  return cells;
}

bool is_row(std::u32string_view line) {
  return line.size() >= 2 && line.front() == U'|' && line.back() == U'|';
}

bool is_rule(std::u32string_view line) {
  return line.find_first_not_of(U"|:- \t") == line.npos && contains(line, U"-");
}

}  // namespace

bool has_markdown_table(std::u32string_view text) {
  return find_rows(std::u32string(text) + U"\n").size() >= 2;
}

std::u32string convert_markdown_tables(std::u32string_view markdown) {
  const std::u32string text = replace_all(markdown, U"\r", {}) + U"\n";
  std::u32string html;
  size_t at = 0;
  for (const auto& [begin, end] : find_rows(text)) {
    html.append(text, at, begin - at);
    write_table(std::u32string_view(text).substr(begin, end - begin), html);
    at = end;
  }
  html.append(text, at);
  return replace_all(replace_all(join_rows(html), U"<table>", U"<table border=\"1\" >"), U"<td>",
                     U"<td colspan=\"1\" rowspan=\"1\">");
}

std::u32string whole_markdown_tables(std::u32string_view text) {
  std::u32string out, rows;
  size_t num_rows = 0;
  const auto close = [&] {
    if (num_rows > 0) out += U"\n\n<table>" + rows + U"</table>\n\n";
    rows.clear();
    num_rows = 0;
  };
  for (const std::u32string& line : split(text, U"\n")) {
    const std::u32string_view stripped = strip(line);
    if (!is_row(stripped)) {
      close();
      out.append(line).push_back(U'\n');
    } else if (!is_rule(stripped)) {
      ++num_rows;
      rows += U"<tr>";
      for (const std::u32string& cell : cells_of(stripped)) rows += U"<td>" + cell + U"</td>";
      rows += U"</tr>";
    }
  }
  close();
  return out;
}

}  // namespace dsocr::omnidocbench
