#include "reports/tables.h"

#include <algorithm>
#include <cstdio>
#include <string_view>

namespace dsocr::reports {
namespace {

using nlohmann::ordered_json;

std::string format_number(double value, int decimals) {
  char text[400];  // the largest double has 309 digits
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

bool is_estimate(const ordered_json& cell) { return cell.is_object() && cell.contains("value"); }

const ordered_json& cell_of(const ordered_json& row, const std::string& key) {
  static const ordered_json kEmpty;
  const auto it = row.find(key);
  return it == row.end() ? kEmpty : *it;
}

// Terminal columns of a UTF-8 text: one per code point is right for what our tables hold.
size_t width_of(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::string csv_field(const ordered_json& value) {
  if (value.is_null()) return {};
  if (!value.is_string()) return value.dump();
  std::string text = value.get<std::string>();
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted.append(c == '"' ? "\"\"" : std::string(1, c));
  return quoted + '"';
}

}  // namespace

std::string format_cell(const ordered_json& cell, const Column& column) {
  if (cell.is_null()) return {};
  if (cell.is_string()) return cell.get<std::string>();
  if (cell.is_boolean()) return cell.get<bool>() ? "yes" : "no";
  if (cell.is_number()) return format_number(cell.get<double>() * column.scale, column.decimals);
  if (is_estimate(cell)) {
    std::string text = format_cell(cell.at("value"), column);
    if (cell.contains("low") && !cell.at("low").is_null())
      text += " [" + format_cell(cell.at("low"), column) + ", " +
              format_cell(cell.at("high"), column) + "]";
    return text;
  }
  return cell.dump();
}

std::string to_markdown(const Table& table) {
  std::string head = "|";
  std::string rule = "|";
  for (const Column& column : table.columns) {
    const bool text = !table.rows.empty() && cell_of(table.rows.front(), column.key).is_string();
    head += " " + column.title + " |";
    rule += text ? " --- |" : " ---: |";
  }
  std::string out = head + "\n" + rule + "\n";
  for (const ordered_json& row : table.rows) {
    out += "|";
    for (const Column& column : table.columns) {
      out += " ";
      for (const char c : format_cell(cell_of(row, column.key), column)) {
        if (c == '|') out += '\\';
        out += c == '\n' ? ' ' : c;
      }
      out += " |";
    }
    out += "\n";
  }
  return out;
}

std::string to_csv(const Table& table) {
  std::vector<bool> estimates;
  std::string out;
  for (const Column& column : table.columns) {
    estimates.push_back(std::any_of(
        table.rows.begin(), table.rows.end(),
        [&](const ordered_json& row) { return is_estimate(cell_of(row, column.key)); }));
    out += (out.empty() ? "" : ",") + csv_field(column.key);
    if (estimates.back())
      out += "," + csv_field(column.key + "_low") + "," + csv_field(column.key + "_high");
  }
  out += "\r\n";
  for (const ordered_json& row : table.rows) {
    for (size_t i = 0; i < table.columns.size(); ++i) {
      const ordered_json& cell = cell_of(row, table.columns[i].key);
      if (i > 0) out += ",";
      out += csv_field(is_estimate(cell) ? cell.at("value") : cell);
      if (estimates[i])
        out += "," + csv_field(cell_of(cell, "low")) + "," + csv_field(cell_of(cell, "high"));
    }
    out += "\r\n";
  }
  return out;
}

std::string to_text(const Table& table) {
  std::vector<std::vector<std::string>> lines(1);
  std::vector<bool> left;
  for (const Column& column : table.columns) {
    lines[0].push_back(column.title);
    left.push_back(!table.rows.empty() && cell_of(table.rows.front(), column.key).is_string());
  }
  for (const ordered_json& row : table.rows) {
    lines.emplace_back();
    for (const Column& column : table.columns)
      lines.back().push_back(format_cell(cell_of(row, column.key), column));
  }
  std::vector<size_t> widths(table.columns.size());
  for (const auto& line : lines)
    for (size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], width_of(line[i]));

  std::string out;
  for (size_t n = 0; n < lines.size(); ++n) {
    std::string text;
    for (size_t i = 0; i < lines[n].size(); ++i) {
      const std::string padding(widths[i] - width_of(lines[n][i]), ' ');
      text += (i > 0 ? "  " : "") + (left[i] ? lines[n][i] + padding : padding + lines[n][i]);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out += text + "\n";
    if (n == 0) {
      size_t total = 0;
      for (const size_t width : widths) total += width + 2;
      out += std::string(total < 2 ? 0 : total - 2, '-') + "\n";
    }
  }
  return out;
}

}  // namespace dsocr::reports
