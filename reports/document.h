#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

// A result that people look at: facts, tables and figures, without knowledge of what was measured.
// Stored as report.json in the run folder; `dsocr report render` draws everything else from it.
namespace dsocr::reports {

/// One column of a table. Cells are numbers, strings, booleans, null, or an estimate
/// {"value": v, "low": l, "high": h} with its interval.
struct Column {
  std::string key;    // field name in the rows and in the CSV
  std::string title;  // heading that people read
  int decimals = 0;   // for numbers that are not whole
  double scale =
      1;  // shown value = stored value x scale (100 for percent); the CSV keeps the stored value
};

struct Table {
  std::string name;  // file name of the CSV, without extension
  std::string title;
  std::vector<Column> columns;
  std::vector<nlohmann::ordered_json>
      rows;  // objects by column key; a missing key is an empty cell
};

struct Point {
  double x = 0;
  double y = 0;
  std::optional<double> low;  // interval of y
  std::optional<double> high;
};

struct Series {
  std::string label;
  std::string group;       // series of one group share a colour across panels
  bool reference = false;  // quoted from elsewhere: drawn dashed with open symbols
  std::vector<Point> points = {};
  bool bars = false;     // drawn as bars that touch each other: a histogram
  bool scatter = false;  // points that no line joins
};

struct Axis {
  std::string label;
  std::optional<double> min;
  std::optional<double> max;
  bool logarithmic = false;
};

struct Panel {
  std::string title;
  std::vector<Series> series;
};

/// One picture; several panels share their axes.
struct Figure {
  std::string name;  // file name of the SVG and PNG, without extension
  std::string title;
  std::string caption;
  Axis x;
  Axis y;
  std::vector<Panel> panels;
};

/// A page, or another thing that was measured, to be looked at.
struct Example {
  std::string title;
  std::string image;                                       // path in the run's folder, empty: none
  std::vector<std::pair<std::string, std::string>> texts;  // what, and its text
};

struct Document {
  std::string title;
  std::vector<std::pair<std::string, std::string>> facts;  // how it was measured, in order
  std::vector<Figure> figures;
  std::vector<Table> tables;
  std::vector<std::string> notes;
  std::vector<Example> examples = {};
};

nlohmann::ordered_json to_json(const Document& document);

/// True for names that are safe as the name of a file: letters, digits, dots, dashes and
/// underscores.
bool is_file_name(const std::string& name);

/// The table less the columns that have no value in any row.
Table without_empty_columns(Table table);

/// A number with its interval, as a table cell.
nlohmann::ordered_json estimate(double value,
                                const std::optional<std::pair<double, double>>& interval);

/// Appends the members of a JSON object that are not null as facts.
void add_facts(Document& document, const nlohmann::ordered_json& object);

/// Reads what to_json wrote. Throws std::runtime_error naming the missing or mistyped field, and
/// for a table or figure whose name is no file name.
Document document_from_json(const nlohmann::ordered_json& json);

}  // namespace dsocr::reports
