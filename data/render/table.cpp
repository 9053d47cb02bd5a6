#include "data/render/table.h"

#include <algorithm>
#include <pugixml.hpp>

#include "data/error.h"

namespace dsocr::data {
namespace {

constexpr int kMaxSpan = 1000;

[[noreturn]] void refuse(const std::string& reason) {
  throw DataError("", "", "a table " + reason, /*recoverable=*/true);
}

// Text below a node, white space as a browser has it.
void add_text(const pugi::xml_node& node, std::string& text) {
  for (const pugi::xml_node& child : node.children()) {
    if (child.type() == pugi::node_element) {
      if (std::string_view(child.name()) == "br") text += ' ';
      add_text(child, text);
      continue;
    }
    for (const char c : std::string_view(child.value())) {
      const bool blank = std::string_view(" \t\r\n").find(c) != std::string_view::npos;
      if (!blank)
        text += c;
      else if (!text.empty() && text.back() != ' ')
        text += ' ';
    }
  }
}

std::string text_of(const pugi::xml_node& cell) {
  std::string text;
  add_text(cell, text);
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

int span_of(const pugi::xml_node& cell, const char* name) {
  const int span = cell.attribute(name).as_int(1);
  if (span < 1 || span > kMaxSpan)
    refuse("has the " + std::string(name) + " " + cell.attribute(name).value());
  return span;
}

void collect_rows(const pugi::xml_node& node, std::vector<pugi::xml_node>& rows) {
  for (const pugi::xml_node& child : node.children()) {
    const std::string_view name = child.name();
    if (name == "tr")
      rows.push_back(child);
    else if (name == "thead" || name == "tbody" || name == "tfoot")
      collect_rows(child, rows);
  }
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else
      out += c;
  }
  return out;
}

}  // namespace

Table parse_table(std::string_view html) {
  pugi::xml_document document;
  const pugi::xml_parse_result parsed = document.load_buffer(
      html.data(), html.size(), pugi::parse_default | pugi::parse_ws_pcdata, pugi::encoding_utf8);
  if (!parsed)
    refuse(std::string("is not well-formed: ") + parsed.description() + " at byte " +
           std::to_string(parsed.offset));
  std::vector<pugi::xml_node> rows;
  collect_rows(document.child("table"), rows);
  Table table{.num_rows = static_cast<int>(rows.size())};
  // Of each column, the first row that nothing above reaches into.
  std::vector<int> free_from;
  for (int row = 0; row < table.num_rows; ++row) {
    int column = 0;
    for (const pugi::xml_node& node : rows[static_cast<std::size_t>(row)].children()) {
      const std::string_view name = node.name();
      if (name != "td" && name != "th") continue;
      const auto taken = [&](int at) {
        return at < static_cast<int>(free_from.size()) &&
               free_from[static_cast<std::size_t>(at)] > row;
      };
      while (taken(column)) ++column;
      const Table::Cell cell{.text = text_of(node),
                             .header = name == "th",
                             .row = row,
                             .column = column,
                             .num_rows = span_of(node, "rowspan"),
                             .num_columns = span_of(node, "colspan")};
      if (row + cell.num_rows > table.num_rows) refuse("has a rowspan that goes below its end");
      column += cell.num_columns;
      if (free_from.size() < static_cast<std::size_t>(column))
        free_from.resize(static_cast<std::size_t>(column), 0);
      for (int c = cell.column; c < column; ++c) {
        if (taken(c)) refuse("has cells that overlap");
        free_from[static_cast<std::size_t>(c)] = row + cell.num_rows;
      }
      table.cells.push_back(cell);
    }
  }
  table.num_columns = static_cast<int>(free_from.size());
  if (table.cells.empty()) refuse("has no cells");
  return table;
}

std::string to_html(const Table& table) {
  std::string html = "<table>";
  std::size_t next = 0;
  for (int row = 0; row < table.num_rows; ++row) {
    html += "<tr>";
    for (; next < table.cells.size() && table.cells[next].row == row; ++next) {
      const Table::Cell& cell = table.cells[next];
      const std::string name = cell.header ? "th" : "td";
      html += "<" + name;
      if (cell.num_rows > 1) html += " rowspan=\"" + std::to_string(cell.num_rows) + "\"";
      if (cell.num_columns > 1) html += " colspan=\"" + std::to_string(cell.num_columns) + "\"";
      html += ">" + escaped(cell.text) + "</" + name + ">";
    }
    html += "</tr>";
  }
  return html + "</table>";
}

}  // namespace dsocr::data
