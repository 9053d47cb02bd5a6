#include "eval/benchmarks/fox_figures.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <set>

namespace dsocr::eval {
namespace {

using nlohmann::ordered_json;
using reports::Figure;
using reports::Panel;
using reports::Point;
using reports::Series;

constexpr double kPercent = 100;
constexpr double kAxisStep = 10;  // the lower end of the y axis is a multiple of it

std::string capitalised(std::string name) {
  if (!name.empty()) name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
  return name;
}

std::string mode_of(const ordered_json& run) {
  return run.at("mode").is_null() ? "" : run.at("mode").get<std::string>();
}

Series run_series(const ordered_json& run, const std::string& metric) {
  Series series;
  for (const ordered_json& bucket : run.at("buckets")) {
    if (bucket.at("compression").is_null()) continue;
    Point point{bucket.at("compression"), kPercent * bucket.at(metric).get<double>(), {}, {}};
    if (const ordered_json& intervals = bucket.at("intervals"); intervals.contains(metric)) {
      point.low = kPercent * intervals.at(metric).at(0).get<double>();
      point.high = kPercent * intervals.at(metric).at(1).get<double>();
    }
    series.points.push_back(point);
  }
  return series;
}

Series paper_series(const ordered_json& run) {
  Series series{capitalised(mode_of(run)) + ", paper Table 2", mode_of(run), true, {}};
  for (const ordered_json& bucket : run.at("buckets"))
    if (bucket.contains("paper_precision"))
      series.points.push_back({bucket.at("paper_compression"),
                               kPercent * bucket.at("paper_precision").get<double>(),
                               {},
                               {}});
  return series;
}

// The runs of one group. A mode names and colours its curve while it is the only one of that mode.
Panel group_panel(const std::vector<const ordered_json*>& runs, const std::string& metric) {
  std::map<std::string, size_t> runs_of_mode;
  for (const ordered_json* run : runs) ++runs_of_mode[mode_of(*run)];
  Panel panel;
  std::set<std::string> papers;
  for (const ordered_json* run : runs) {
    const std::string mode = mode_of(*run);
    Series series = run_series(*run, metric);
    if (series.points.empty()) continue;
    const bool only_one = runs_of_mode[mode] == 1;
    series.label = only_one ? capitalised(mode) : run->at("run").get<std::string>();
    series.group = only_one ? mode : series.label;
    panel.series.push_back(std::move(series));
    Series paper = metric == "precision" ? paper_series(*run) : Series{};
    if (!paper.points.empty() && papers.insert(mode).second)
      panel.series.push_back(std::move(paper));
  }
  return panel;
}

// Axes that all panels share and that no point lies outside of.
void fit_axes(Figure& figure) {
  double lowest = kPercent;
  double left = INFINITY;
  double right = 0;
  for (const Panel& panel : figure.panels)
    for (const Series& series : panel.series)
      for (const Point& point : series.points) {
        lowest = std::min({lowest, point.y, point.low.value_or(point.y)});
        left = std::min(left, point.x);
        right = std::max(right, point.x);
      }
  figure.x.min = std::floor(left);
  figure.x.max = std::max(std::ceil(right), *figure.x.min + 1);
  figure.y.min = std::clamp(std::floor(lowest / kAxisStep) * kAxisStep, 0.0, kPercent - kAxisStep);
  figure.y.max = kPercent;
}

void add_figure(std::vector<Figure>& figures, const ordered_json& results,
                const std::string& metric, Figure figure) {
  std::vector<std::string> groups;
  std::map<std::string, std::vector<const ordered_json*>> runs;
  for (const ordered_json& run : results.at("runs")) {
    const std::string group = run.at("group");
    if (!runs.contains(group)) groups.push_back(group);
    runs[group].push_back(&run);
  }
  for (const std::string& group : groups) {
    Panel panel = group_panel(runs[group], metric);
    panel.title = group;
    if (!panel.series.empty()) figure.panels.push_back(std::move(panel));
  }
  if (figure.panels.empty()) return;
  if (figure.panels.size() == 1) {
    figure.title += " (" + figure.panels[0].title + ")";
    figure.panels[0].title.clear();
  }
  fit_axes(figure);
  figures.push_back(std::move(figure));
}

bool has_reference(const Figure& figure) {
  return std::any_of(figure.panels.begin(), figure.panels.end(), [](const Panel& panel) {
    return std::any_of(panel.series.begin(), panel.series.end(),
                       [](const Series& series) { return series.reference; });
  });
}

}  // namespace

std::vector<Figure> fox_figures(const ordered_json& results) {
  const std::string bars =
      " Bars: " + results.at("header").at("intervals").get<std::string>() + ".";
  std::vector<Figure> figures;
  add_figure(figures, results, "precision",
             {.name = "compression",
              .title = "Fox: set precision by compression ratio",
              .caption = "Set precision against text tokens per vision token, by bucket of 100 "
                         "text tokens." +
                         bars,
              .x = {"text tokens / vision tokens", {}, {}},
              .y = {"precision, %", {}, {}},
              .panels = {}});
  for (Figure& figure : figures)
    if (has_reference(figure))
      figure.caption += " Dashed: the values printed in Table 2 of arXiv 2510.18234.";
  add_figure(figures, results, "one_minus_edit_dist",
             {.name = "characters",
              .title = "Fox: character accuracy by compression ratio",
              .caption = "1 - normalised edit distance for the same pages; set precision cannot "
                         "see loss or looping." +
                         bars,
              .x = {"text tokens / vision tokens", {}, {}},
              .y = {"1 - edit distance, %", {}, {}},
              .panels = {}});
  return figures;
}

}  // namespace dsocr::eval
