#include "train/curves.h"

#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "reports/files.h"
#include "train/glyph_heads.h"

namespace dsocr::train {
namespace {

using nlohmann::ordered_json;
using Lines = std::vector<ordered_json>;

reports::Series series_of(const Lines& lines, const char* key, const char* label) {
  reports::Series series{.label = label, .group = label, .points = {}};
  for (const ordered_json& line : lines)
    if (line.contains(key) && line[key].is_number())
      series.points.push_back({line["step"].get<double>(), line[key].get<double>(), {}, {}});
  return series;
}

// Of every part that is trained, and of all.
std::vector<reports::Series> part_norms(const Lines& lines) {
  std::vector<reports::Series> all{series_of(lines, "grad_norm", "all, before they are cut")};
  std::map<std::string, reports::Series> parts;
  for (const ordered_json& line : lines) {
    if (!line.contains("grad_norms")) continue;
    for (const auto& [part, norm] : line["grad_norms"].items()) {
      reports::Series& series = parts[part];
      series.label = series.group = part;
      if (norm.is_number())
        series.points.push_back({line["step"].get<double>(), norm.get<double>(), {}, {}});
    }
  }
  for (auto& [part, series] : parts) all.push_back(std::move(series));
  return all;
}

// Of every layer with experts.
std::vector<reports::Series> expert_loads(const Lines& lines) {
  std::vector<reports::Series> layers;
  for (const ordered_json& line : lines) {
    if (!line.contains("highest_expert_load")) continue;
    const ordered_json& loads = line["highest_expert_load"];
    for (std::size_t i = 0; i < loads.size(); ++i) {
      if (i == layers.size()) {
        const std::string label = "layer " + std::to_string(i);
        layers.push_back({.label = label, .group = label, .points = {}});
      }
      layers[i].points.push_back({line["step"].get<double>(), loads[i].get<double>(), {}, {}});
    }
  }
  return layers;
}

reports::Figure figure_of(const std::string& name, const std::string& title,
                          std::vector<reports::Series> all) {
  std::erase_if(all, [](const reports::Series& series) { return series.points.empty(); });
  return {name, title, "", {"step", {}, {}}, {title, {}, {}}, {{"", std::move(all)}}};
}

}  // namespace

reports::Document loss_curves(const std::filesystem::path& metrics, const TrainConfig& config) {
  Lines lines;
  std::istringstream text(reports::read_file(metrics));
  for (std::string line; std::getline(text, line);) lines.push_back(ordered_json::parse(line));
  reports::Document document;
  document.title = "Training of " + config.model;
  document.figures = {
      figure_of("loss", "loss",
                {series_of(lines, "loss", "training"),
                 series_of(lines, "validation_loss", "validation")}),
      figure_of("reading", "pages that are read",
                {series_of(lines, "validation_cer", "character error rate"),
                 series_of(lines, "validation_precision", "precision"),
                 series_of(lines, "validation_accuracy", "accuracy, teacher-forced")}),
      figure_of("glyphs", "share of glyphs read, or found",
                {series_of(lines, "glyph_accuracy_patches", "read from SAM's patch"),
                 series_of(lines, "glyph_accuracy_tokens", "read from the vision token"),
                 series_of(lines, "glyph_accuracy_codes", "codes in the vision token"),
                 series_of(lines, "glyph_accuracy_places", "found by the decoder"),
                 series_of(lines, "glyph_accuracy_ahead", "codes in the decoder"),
                 series_of(lines, "glyph_accuracy_spelling", "told by the decoder")}),
      figure_of("rate", "learning rate", {series_of(lines, "rate", "learning rate")}),
      figure_of("grad_norm", "norm of the gradients", part_norms(lines)),
      figure_of("experts", "load of the busiest expert, 1: all alike", expert_loads(lines)),
      figure_of("tokens_per_s", "tokens/s", {series_of(lines, "tokens_per_s", "tokens/s")})};
  std::erase_if(document.figures,
                [](const reports::Figure& figure) { return figure.panels[0].series.empty(); });
  reports::Table table{"last",
                       "The last of each number",
                       {{"what", "number"}, {"step", "step"}, {"value", "value", 4}},
                       {}};
  std::vector<std::string> keys{"loss",
                                "aux_loss",
                                "grad_norm",
                                "rate",
                                "validation_loss",
                                "validation_accuracy",
                                "validation_cer",
                                "validation_precision",
                                "validation_exact"};
  for (const char* head : kHeadNames) keys.push_back(std::string("glyph_accuracy_") + head);
  keys.insert(keys.end(), {"tokens", "pages", "tokens_per_s", "pages_per_s", "memory_bytes"});
  for (const std::string& key : keys)
    for (auto line = lines.rbegin(); line != lines.rend(); ++line)
      if (line->contains(key)) {
        table.rows.push_back({{"what", key}, {"step", (*line)["step"]}, {"value", (*line)[key]}});
        break;
      }
  document.tables.push_back(std::move(table));
  return document;
}

}  // namespace dsocr::train
