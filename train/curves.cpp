#include "train/curves.h"

#include <nlohmann/json.hpp>
#include <sstream>

#include "reports/files.h"

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
      figure_of("rate", "learning rate", {series_of(lines, "rate", "learning rate")}),
      figure_of("grad_norm", "norm of the gradients",
                {series_of(lines, "grad_norm", "before it is cut")}),
      figure_of("tokens_per_s", "tokens/s", {series_of(lines, "tokens_per_s", "tokens/s")})};
  std::erase_if(document.figures,
                [](const reports::Figure& figure) { return figure.panels[0].series.empty(); });
  reports::Table table{"last",
                       "The last of each number",
                       {{"what", "number"}, {"step", "step"}, {"value", "value", 4}},
                       {}};
  for (const char* key :
       {"loss", "aux_loss", "grad_norm", "rate", "validation_loss", "validation_accuracy", "tokens",
        "pages", "tokens_per_s", "pages_per_s", "memory_bytes"})
    for (auto line = lines.rbegin(); line != lines.rend(); ++line)
      if (line->contains(key)) {
        table.rows.push_back({{"what", key}, {"step", (*line)["step"]}, {"value", (*line)[key]}});
        break;
      }
  document.tables.push_back(std::move(table));
  return document;
}

}  // namespace dsocr::train
