#include "reports/document.h"

#include <algorithm>
#include <stdexcept>

namespace dsocr::reports {
namespace {

using nlohmann::ordered_json;

constexpr int kSchema = 1;

ordered_json optional_number(const std::optional<double>& value) {
  return value ? ordered_json(*value) : ordered_json(nullptr);
}

std::optional<double> optional_number(const ordered_json& json, const char* key) {
  const auto it = json.find(key);
  if (it == json.end() || it->is_null()) return std::nullopt;
  return it->get<double>();
}

ordered_json axis_json(const Axis& axis) {
  ordered_json json{{"label", axis.label},
                    {"min", optional_number(axis.min)},
                    {"max", optional_number(axis.max)}};
  if (axis.logarithmic) json["logarithmic"] = true;
  return json;
}

Axis axis_from(const ordered_json& json) {
  return {json.at("label"), optional_number(json, "min"), optional_number(json, "max"),
          json.value("logarithmic", false)};
}

ordered_json series_json(const Series& series) {
  ordered_json points = ordered_json::array();
  for (const Point& point : series.points) {
    points.push_back({{"x", point.x}, {"y", point.y}});
    if (point.low) points.back()["low"] = *point.low;
    if (point.high) points.back()["high"] = *point.high;
  }
  ordered_json json{{"label", series.label},
                    {"group", series.group},
                    {"reference", series.reference},
                    {"points", points}};
  if (series.bars) json["bars"] = true;
  if (series.scatter) json["scatter"] = true;
  return json;
}

Series series_from(const ordered_json& json) {
  Series series{json.at("label"),          json.at("group"),
                json.at("reference"),      {},
                json.value("bars", false), json.value("scatter", false)};
  for (const auto& point : json.at("points"))
    series.points.push_back({point.at("x"), point.at("y"), optional_number(point, "low"),
                             optional_number(point, "high")});
  return series;
}

ordered_json figure_json(const Figure& figure) {
  ordered_json panels = ordered_json::array();
  for (const Panel& panel : figure.panels) {
    ordered_json all = ordered_json::array();
    for (const Series& series : panel.series) all.push_back(series_json(series));
    panels.push_back({{"title", panel.title}, {"series", all}});
  }
  return {{"name", figure.name},      {"title", figure.title},    {"caption", figure.caption},
          {"x", axis_json(figure.x)}, {"y", axis_json(figure.y)}, {"panels", panels}};
}

std::string checked_name(const ordered_json& json) {
  std::string name = json.at("name");
  if (!is_file_name(name)) throw std::runtime_error("'" + name + "' cannot be the name of a file");
  return name;
}

Figure figure_from(const ordered_json& json) {
  Figure figure{checked_name(json),      json.at("title"),        json.at("caption"),
                axis_from(json.at("x")), axis_from(json.at("y")), {}};
  for (const auto& panel : json.at("panels")) {
    figure.panels.push_back({panel.at("title"), {}});
    for (const auto& series : panel.at("series"))
      figure.panels.back().series.push_back(series_from(series));
  }
  return figure;
}

ordered_json table_json(const Table& table) {
  ordered_json columns = ordered_json::array();
  for (const Column& column : table.columns)
    columns.push_back({{"key", column.key},
                       {"title", column.title},
                       {"decimals", column.decimals},
                       {"scale", column.scale}});
  return {{"name", table.name}, {"title", table.title}, {"columns", columns}, {"rows", table.rows}};
}

Table table_from(const ordered_json& json) {
  Table table{checked_name(json), json.at("title"), {}, json.at("rows")};
  for (const auto& column : json.at("columns"))
    table.columns.push_back(
        {column.at("key"), column.at("title"), column.at("decimals"), column.at("scale")});
  return table;
}

}  // namespace

ordered_json to_json(const Document& document) {
  ordered_json json{{"schema", kSchema}, {"title", document.title}};
  ordered_json& facts = json["facts"] = ordered_json::array();
  for (const auto& [name, value] : document.facts) facts.push_back({name, value});
  ordered_json& figures = json["figures"] = ordered_json::array();
  for (const Figure& figure : document.figures) figures.push_back(figure_json(figure));
  ordered_json& tables = json["tables"] = ordered_json::array();
  for (const Table& table : document.tables) tables.push_back(table_json(table));
  json["notes"] = document.notes;
  for (const Example& example : document.examples) {
    ordered_json texts = ordered_json::array();
    for (const auto& [label, text] : example.texts) texts.push_back({label, text});
    json["examples"].push_back(
        {{"title", example.title}, {"image", example.image}, {"texts", texts}});
  }
  return json;
}

bool is_file_name(const std::string& name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
  };
  return !name.empty() && name[0] != '.' && std::all_of(name.begin(), name.end(), allowed);
}

Table without_empty_columns(Table table) {
  std::erase_if(table.columns, [&](const Column& column) {
    return std::all_of(table.rows.begin(), table.rows.end(), [&](const auto& row) {
      return !row.contains(column.key) || row.at(column.key).is_null();
    });
  });
  return table;
}

ordered_json estimate(double value, const std::optional<std::pair<double, double>>& interval) {
  ordered_json cell{{"value", value}};
  if (interval) cell.update({{"low", interval->first}, {"high", interval->second}});
  return cell;
}

void add_facts(Document& document, const ordered_json& object) {
  for (const auto& [name, value] : object.items())
    if (!value.is_null())
      document.facts.emplace_back(name,
                                  value.is_string() ? value.get<std::string>() : value.dump());
}

Document document_from_json(const ordered_json& json) {
  try {
    if (const int schema = json.at("schema"); schema != kSchema)
      throw std::runtime_error("report schema " + std::to_string(schema) + ", this version reads " +
                               std::to_string(kSchema));
    Document document{json.at("title"), {}, {}, {}, json.at("notes"), {}};
    for (const auto& fact : json.at("facts")) document.facts.emplace_back(fact.at(0), fact.at(1));
    for (const auto& figure : json.at("figures")) document.figures.push_back(figure_from(figure));
    for (const auto& table : json.at("tables")) document.tables.push_back(table_from(table));
    for (const auto& example : json.value("examples", ordered_json::array())) {
      document.examples.push_back({example.at("title"), example.at("image"), {}});
      for (const auto& text : example.at("texts"))
        document.examples.back().texts.emplace_back(text.at(0), text.at(1));
    }
    return document;
  } catch (const nlohmann::json::exception& error) {
    throw std::runtime_error(std::string("not a report: ") + error.what());
  }
}

}  // namespace dsocr::reports
