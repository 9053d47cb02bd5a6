#include <algorithm>
#include <cmath>
#include <numeric>

#include "data/render/pango_lines.h"

namespace dsocr::data {
namespace {

constexpr double kLine = 1;  // pixels, of the lines between cells

struct SetCell {
  const Table::Cell* cell;
  std::vector<Piece> lines;
  double height;
};

double sum(const std::vector<double>& sizes, int first, int count) {
  return std::accumulate(sizes.begin() + first, sizes.begin() + first + count, 0.0);
}

// The widths that the texts ask for, made to fit: wide columns give way first.
std::vector<double> column_widths(const PageFonts& fonts, const Table& table, double padding,
                                  double width) {
  std::vector<double> widths(static_cast<std::size_t>(table.num_columns), 0);
  for (const Table::Cell& cell : table.cells) {
    const LayoutPtr layout =
        make_layout(fonts, cell.text, {.font_px = fonts.style.font_px, .bold = cell.header});
    PangoRectangle logical;
    pango_layout_get_extents(layout.get(), nullptr, &logical);
    // A pixel more, for a text that just fits must not be broken.
    const double asked = (std::ceil(px(logical.width)) + 1 + 2 * padding) / cell.num_columns;
    for (int c = cell.column; c < cell.column + cell.num_columns; ++c)
      widths[static_cast<std::size_t>(c)] = std::max(widths[static_cast<std::size_t>(c)], asked);
  }
  const double room = width - kLine;
  double low = 0, high = *std::max_element(widths.begin(), widths.end());
  const auto total = [&](double limit) {
    double all = 0;
    for (const double w : widths) all += std::min(w, limit);
    return all;
  };
  if (total(high) <= room) return widths;
  for (int i = 0; i < 50; ++i) (total((low + high) / 2) <= room ? low : high) = (low + high) / 2;
  for (double& w : widths) w = std::min(w, low);
  return widths;
}

std::vector<double> row_heights(const std::vector<SetCell>& cells, int num_rows) {
  std::vector<double> heights(static_cast<std::size_t>(num_rows), 0);
  // Cells over several rows last: what they still need goes to their last row.
  for (const bool spanning : {false, true})
    for (const SetCell& set : cells) {
      if ((set.cell->num_rows > 1) != spanning) continue;
      const double missing = set.height - sum(heights, set.cell->row, set.cell->num_rows);
      if (missing > 0)
        heights[static_cast<std::size_t>(set.cell->row + set.cell->num_rows - 1)] += missing;
    }
  return heights;
}

}  // namespace

Piece set_table(const PageFonts& fonts, const Table& table, double width) {
  const double padding = fonts.style.font_px * 0.3;
  const std::vector<double> widths = column_widths(fonts, table, padding, width);
  std::vector<SetCell> cells;
  for (const Table::Cell& cell : table.cells) {
    const double room = sum(widths, cell.column, cell.num_columns) - 2 * padding;
    const LayoutPtr layout = make_layout(fonts, cell.text,
                                         {.font_px = fonts.style.font_px,
                                          .bold = cell.header,
                                          .width = std::max(1.0, room),
                                          .right_to_left = is_right_to_left(cell.text)});
    SetCell set{&cell, set_lines(fonts, layout, fonts.style.font_px, padding), 2 * padding};
    for (const Piece& line : set.lines) set.height += line.height;
    cells.push_back(std::move(set));
  }
  const std::vector<double> heights = row_heights(cells, table.num_rows);

  Piece piece;
  for (SetCell& set : cells) {
    const double left = sum(widths, 0, set.cell->column);
    const double top = sum(heights, 0, set.cell->row);
    const double right = left + sum(widths, set.cell->column, set.cell->num_columns);
    const double bottom = top + sum(heights, set.cell->row, set.cell->num_rows);
    double down = top + padding;
    for (Piece& line : set.lines) {
      move(line, left, down);
      down += line.height;
      piece.lines.insert(piece.lines.end(), line.lines.begin(), line.lines.end());
    }
    piece.bars.push_back({left, top, right + kLine, top + kLine});
    piece.bars.push_back({left, bottom, right + kLine, bottom + kLine});
    piece.bars.push_back({left, top, left + kLine, bottom + kLine});
    piece.bars.push_back({right, top, right + kLine, bottom + kLine});
  }
  piece.height = sum(heights, 0, table.num_rows) + kLine;
  piece.box = {0, 0, sum(widths, 0, table.num_columns) + kLine, piece.height};
  return piece;
}

}  // namespace dsocr::data
