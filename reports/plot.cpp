#include "reports/plot.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <sstream>
#include <stdexcept>

#include "configs/process.h"

namespace dsocr::reports {
namespace {

// More names than these would lie on the curves.
constexpr size_t kMostInside = 4;
// Of a curve with more points they are not marked.
constexpr size_t kMostSymbols = 60;

// Okabe-Ito: told apart by readers with any kind of colour vision, and in grey.
constexpr std::array<const char*, 8> kColours{"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                              "#E69F00", "#56B4E9", "#F0E442", "#000000"};
constexpr std::array<int, 8> kSymbols{7,  5,  9, 11,
                                      13, 15, 3, 2};  // filled; the open twin is one less
constexpr int kPanelWidth = 440;
constexpr int kPanelHeight = 340;
constexpr int kSingleWidth = 860;
constexpr int kSingleHeight = 560;

// A gnuplot string. Single quotes: inside double ones gnuplot runs `commands`.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) continue;
    out += c == '\'' ? "''" : std::string(1, c);
  }
  return out + "'";
}

// gnuplot refuses an axis of no length, as a single point or equal bounds would give.
std::string range(const Axis& axis) {
  const bool empty = axis.min && axis.max && *axis.min >= *axis.max;
  const auto bound = [&](const std::optional<double>& value, double widen) {
    std::ostringstream text;
    if (value)
      text << *value + (empty ? widen : 0);
    else
      text << '*';
    return text.str();
  };
  return "[" + bound(axis.min, -1) + ":" + bound(axis.max, 1) + "]";
}

size_t most_series(const Figure& figure) {
  size_t most = 0;
  for (const Panel& panel : figure.panels) most = std::max(most, panel.series.size());
  return most;
}

// Groups get their colour by order of appearance over the whole figure.
std::map<std::string, size_t> group_order(const Figure& figure) {
  std::map<std::string, size_t> order;
  for (const Panel& panel : figure.panels)
    for (const Series& series : panel.series) order.emplace(series.group, order.size());
  return order;
}

std::string data_block(const std::string& name, const Series& series) {
  std::ostringstream out;
  out.precision(17);
  out << name << " << EOD\n";
  for (const Point& point : series.points)
    out << point.x << ' ' << point.y << ' ' << point.low.value_or(point.y) << ' '
        << point.high.value_or(point.y) << '\n';
  out << "EOD\n";
  return out.str();
}

std::string plot_clause(const std::string& block, const Series& series, size_t group) {
  const std::string colour = std::string(" lc rgb '") + kColours[group % kColours.size()] + "'";
  const int symbol = kSymbols[group % kSymbols.size()] - (series.reference ? 1 : 0);
  const bool intervals = std::any_of(series.points.begin(), series.points.end(),
                                     [](const Point& p) { return p.low.has_value(); });
  if (series.bars)
    return block + " using 1:2 with boxes fill solid 0.7 noborder" + colour + " notitle";
  // Intervals first, so that the symbol lies on top.
  std::string clause;
  if (intervals)
    clause = block + " using 1:2:3:4 with yerrorbars" + colour + " lw 1.2 pt -1 notitle, ";
  const char* dashes = series.reference          ? " dt 2 lw 1.5"
                       : group < kColours.size() ? " lw 2"
                                                 : " dt 4 lw 2";
  const bool crowded = series.points.size() > kMostSymbols;
  clause += block + " using 1:2 with " +
            (series.scatter ? "points"
             : crowded      ? "lines"
                            : "linespoints") +
            colour + dashes;
  if (!crowded || series.scatter) clause += " pt " + std::to_string(symbol) + " ps 0.9";
  return clause + " title " + quoted(series.label);
}

void write_panel(std::ostringstream& out, const Panel& panel, size_t number,
                 const std::map<std::string, size_t>& order) {
  std::string clauses;
  for (size_t i = 0; i < panel.series.size(); ++i) {
    const std::string block = "$p" + std::to_string(number) + "_" + std::to_string(i);
    clauses += (clauses.empty() ? "" : ", \\\n  ") +
               plot_clause(block, panel.series[i], order.at(panel.series[i].group));
  }
  if (!panel.title.empty()) out << "set title " << quoted(panel.title) << " noenhanced\n";
  out << "plot " << clauses << "\n";
}

}  // namespace

std::string plot_script(const Figure& figure, const std::vector<std::filesystem::path>& files) {
  const size_t panels = figure.panels.size();
  const size_t columns = panels <= 1 ? 1 : panels <= 4 ? 2 : 3;
  const size_t rows = (panels + columns - 1) / columns;
  const int width = panels <= 1 ? kSingleWidth : kPanelWidth * static_cast<int>(columns);
  const int height = panels <= 1 ? kSingleHeight : kPanelHeight * static_cast<int>(rows) + 40;
  const auto order = group_order(figure);

  std::ostringstream out;
  for (size_t p = 0; p < panels; ++p)
    for (size_t i = 0; i < figure.panels[p].series.size(); ++i)
      out << data_block("$p" + std::to_string(p) + "_" + std::to_string(i),
                        figure.panels[p].series[i]);
  out << "set encoding utf8\n"
      << "set grid lt 1 lc rgb '#dddddd' lw 0.7\nset border 3 lc rgb '#444444'\nset tics nomirror "
         "textcolor rgb '#222222'\n"
      << "set key " << (most_series(figure) > kMostInside ? "outside right top" : "bottom left")
      << " noenhanced samplen 2 spacing 1.1\nset bars small\n"
      << "set xlabel " << quoted(figure.x.label) << " noenhanced\nset ylabel "
      << quoted(figure.y.label) << " noenhanced\n"
      << (figure.x.logarithmic ? "set logscale x\n" : "")
      << (figure.y.logarithmic ? "set logscale y\n" : "") << "set xrange " << range(figure.x)
      << "\nset yrange " << range(figure.y) << "\n";
  for (const auto& file : files) {
    const bool svg = file.extension() == ".svg";
    out << "set terminal " << (svg ? "svg noenhanced dynamic" : "pngcairo noenhanced") << " size "
        << width << ',' << height << " font 'DejaVu Sans,11' background rgb 'white'\nset output "
        << quoted(file.string()) << "\n";
    if (panels > 1)
      out << "set multiplot layout " << rows << ',' << columns << " title " << quoted(figure.title)
          << " noenhanced font ',14'\n";
    else
      out << "set title " << quoted(figure.title) << " noenhanced font ',14'\n";
    for (size_t p = 0; p < panels; ++p) write_panel(out, figure.panels[p], p, order);
    if (panels > 1) out << "unset multiplot\n";
    out << "unset output\n";
  }
  return out.str();
}

void draw_figures(const std::vector<Figure>& figures, const std::filesystem::path& folder) {
  std::string script;
  for (const Figure& figure : figures)
    script += "reset\n" + plot_script(figure, {folder / (figure.name + ".svg"),
                                               folder / (figure.name + ".png")});
  if (script.empty()) return;
  const configs::ProcessResult result = configs::run_process({"gnuplot", "-d", "-"}, script);
  if (result.exit_code != 0)
    throw std::runtime_error("gnuplot could not draw into " + folder.string() + ": " + result.err);
  for (const Figure& figure : figures)
    for (const char* extension : {".svg", ".png"})
      if (const auto file = folder / (figure.name + extension);
          !std::filesystem::exists(file) || std::filesystem::file_size(file) == 0)
        throw std::runtime_error("gnuplot wrote nothing to " + file.string() + ": " + result.err);
}

}  // namespace dsocr::reports
