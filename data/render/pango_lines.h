#pragma once

#include <pango/pango.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "data/render/typeset.h"

// Between setting and drawing; the only header that shows Pango.
namespace dsocr::data {

struct Unref {
  void operator()(gpointer object) const { g_object_unref(object); }
};
using ContextPtr = std::unique_ptr<PangoContext, Unref>;
using LayoutPtr = std::shared_ptr<PangoLayout>;

inline double px(int pango_units) { return static_cast<double>(pango_units) / PANGO_SCALE; }
inline int units(double pixels) { return static_cast<int>(std::lround(pixels * PANGO_SCALE)); }

/// A rectangle of Pango whose origin stands at (x, y).
inline Rect rect_at(const PangoRectangle& rectangle, double x, double y) {
  return {x + px(rectangle.x), y + px(rectangle.y), x + px(rectangle.x + rectangle.width),
          y + px(rectangle.y + rectangle.height)};
}

/// One line of a layout, the origin of its first glyph at (x, baseline).
struct SetLine {
  LayoutPtr layout;
  int index;
  double x, baseline;
};

struct SetPage::Lines {
  std::vector<SetLine> lines = {};
  std::vector<Rect> bars = {};
  bool vertical = false;
};

/// What one page is set with.
struct PageFonts {
  ContextPtr left_to_right, right_to_left;
  const PageStyle& style;
};

struct TextStyle {
  double font_px;
  bool bold = false;
  double width = 0;  // 0: one line
  Alignment align = Alignment::kStart;
  bool right_to_left = false;
};

/// The text as lines. Throws a recoverable DataError for a character without a glyph.
LayoutPtr make_layout(const PageFonts& fonts, const std::string& text, const TextStyle& style);

/// Something that goes into a column as one, from the column's left and its own top.
struct Piece {
  double height = 0;
  std::vector<SetLine> lines = {};
  std::vector<Rect> bars = {};
  Rect box = {};
};

/// A table in a column of this width.
Piece set_table(const PageFonts& fonts, const Table& table, double width);

/// Lines of a layout below one another, each in a piece of its own; `left` is added to x.
std::vector<Piece> set_lines(const PageFonts& fonts, const LayoutPtr& layout, double font_px,
                             double left);

/// Moves all of a piece.
void move(Piece& piece, double dx, double dy);

}  // namespace dsocr::data
