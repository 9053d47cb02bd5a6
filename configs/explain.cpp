#include "configs/explain.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace dsocr::configs {
namespace {

using Row = std::array<std::string, 4>;

std::string join(std::span<const std::string> parts, const char* separator) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : separator) + part;
  return text;
}

std::string meaning(const FieldDoc& field) {
  std::string text = field.doc;
  if (!field.constraint.empty()) text += " (" + field.constraint + ")";
  if (!field.allowed.empty()) text += " [" + join(field.allowed, " | ") + "]";
  return text;
}

// Characters, so that a default or a path with letters beyond ASCII keeps the columns straight.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

}  // namespace

std::string detail::constraint_text(const Constraint& constraint) {
  std::vector<std::string> parts;
  if (constraint.required) parts.emplace_back("required");
  if (const std::string bounds = bounds_text(constraint); !bounds.empty()) parts.push_back(bounds);
  if (constraint.min_items > 0) {
    parts.push_back("length >= " + std::to_string(constraint.min_items));
  }
  if (constraint.max_items < std::numeric_limits<std::size_t>::max()) {
    parts.push_back("length <= " + std::to_string(constraint.max_items));
  }
  return join(parts, ", ");
}

std::string render_field_table(std::span<const FieldDoc> docs) {
  std::vector<Row> rows{{"FIELD", "TYPE", "DEFAULT", "MEANING"}};
  for (const FieldDoc& field : docs) {
    rows.push_back({field.path, field.type, field.default_json, meaning(field)});
  }
  std::array<std::size_t, 3> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  std::string table;
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < widths.size(); ++i) {
      table += row[i] + std::string(widths[i] + 2 - width(row[i]), ' ');
    }
    table += row[3] + "\n";
  }
  return table;
}

}  // namespace dsocr::configs
