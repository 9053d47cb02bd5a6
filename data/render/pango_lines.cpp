#include "data/render/pango_lines.h"

#include <algorithm>
#include <cstdio>

#include "data/error.h"

namespace dsocr::data {
namespace {

struct FreeDescription {
  void operator()(PangoFontDescription* font) const { pango_font_description_free(font); }
};
struct FreeAttributes {
  void operator()(PangoAttrList* list) const { pango_attr_list_unref(list); }
};
struct FreeIter {
  void operator()(PangoLayoutIter* iter) const { pango_layout_iter_free(iter); }
};
using IterPtr = std::unique_ptr<PangoLayoutIter, FreeIter>;

// The first character that is drawn as a box with its number in it.
[[noreturn]] void refuse_unknown_glyph(PangoLayout* layout) {
  const char* text = pango_layout_get_text(layout);
  const IterPtr iter(pango_layout_get_iter(layout));
  do {
    const PangoLayoutRun* run = pango_layout_iter_get_run_readonly(iter.get());
    if (run == nullptr) continue;
    for (int i = 0; i < run->glyphs->num_glyphs; ++i) {
      if ((run->glyphs->glyphs[i].glyph & PANGO_GLYPH_UNKNOWN_FLAG) == 0) continue;
      const char* at = text + run->item->offset + run->glyphs->log_clusters[i];
      char code[16];
      std::snprintf(code, sizeof code, "U+%04X", g_utf8_get_char(at));
      throw DataError("", "", std::string("no installed font has the character ") + code,
                      /*recoverable=*/true);
    }
  } while (pango_layout_iter_next_run(iter.get()) != FALSE);
  throw DataError("", "", "no installed font has one of the characters", /*recoverable=*/true);
}

PangoAlignment pango_alignment(Alignment align, bool right_to_left) {
  if (align == Alignment::kCentre) return PANGO_ALIGN_CENTER;
  return (align == Alignment::kEnd) != right_to_left ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT;
}

}  // namespace

void Rect::include(const Rect& other) {
  if (other.left >= other.right || other.top >= other.bottom) return;
  if (left >= right || top >= bottom) {
    *this = other;
    return;
  }
  left = std::min(left, other.left);
  top = std::min(top, other.top);
  right = std::max(right, other.right);
  bottom = std::max(bottom, other.bottom);
}

LayoutPtr make_layout(const PageFonts& fonts, const std::string& text, const TextStyle& style) {
  const ContextPtr& context = style.right_to_left ? fonts.right_to_left : fonts.left_to_right;
  LayoutPtr layout(pango_layout_new(context.get()), Unref{});
  const std::unique_ptr<PangoFontDescription, FreeDescription> font(pango_font_description_new());
  pango_font_description_set_family(font.get(), fonts.style.family.c_str());
  pango_font_description_set_absolute_size(font.get(), style.font_px * PANGO_SCALE);
  if (style.bold) pango_font_description_set_weight(font.get(), PANGO_WEIGHT_BOLD);
  pango_layout_set_font_description(layout.get(), font.get());
  pango_layout_set_auto_dir(layout.get(), FALSE);
  pango_layout_set_single_paragraph_mode(layout.get(), TRUE);
  pango_layout_set_wrap(layout.get(), PANGO_WRAP_WORD_CHAR);
  if (style.width > 0) pango_layout_set_width(layout.get(), units(style.width));
  pango_layout_set_alignment(layout.get(), pango_alignment(style.align, style.right_to_left));
  pango_layout_set_justify(layout.get(), style.align == Alignment::kJustify ? TRUE : FALSE);
  // A hyphen where a line breaks a word would stand on the page and not in its text.
  const std::unique_ptr<PangoAttrList, FreeAttributes> attributes(pango_attr_list_new());
  pango_attr_list_insert(attributes.get(), pango_attr_insert_hyphens_new(FALSE));
  pango_layout_set_attributes(layout.get(), attributes.get());
  pango_layout_set_text(layout.get(), text.data(), static_cast<int>(text.size()));
  if (pango_layout_get_unknown_glyphs_count(layout.get()) > 0) refuse_unknown_glyph(layout.get());
  return layout;
}

std::vector<Piece> set_lines(const PageFonts& fonts, const LayoutPtr& layout, double font_px,
                             double left) {
  std::vector<Piece> pieces;
  const IterPtr iter(pango_layout_get_iter(layout.get()));
  do {
    PangoRectangle ink;
    PangoRectangle logical;
    pango_layout_iter_get_line_extents(iter.get(), &ink, &logical);
    const double baseline = px(pango_layout_iter_get_baseline(iter.get()));
    const double ink_height = px(ink.height);
    Piece piece;
    double down;  // of the layout's zero from the top of the piece
    const double line = fonts.style.line_height * font_px;
    if (ink_height >= line && ink_height > 0) {
      piece.height = ink_height;
      down = -px(ink.y);
    } else {
      piece.height = line > 0 ? line : px(logical.height);
      down = (piece.height - px(logical.height)) / 2 - px(logical.y);
    }
    piece.height += fonts.style.line_gap;
    PangoRectangle own;
    pango_layout_line_get_extents(pango_layout_iter_get_line_readonly(iter.get()), nullptr, &own);
    piece.lines.push_back(
        {layout, static_cast<int>(pieces.size()), left + px(logical.x - own.x), down + baseline});
    piece.box = rect_at(ink, left, down);
    pieces.push_back(std::move(piece));
  } while (pango_layout_iter_next_line(iter.get()) != FALSE);
  return pieces;
}

void move(Piece& piece, double dx, double dy) {
  const auto shift = [&](Rect& rect) {
    rect = {rect.left + dx, rect.top + dy, rect.right + dx, rect.bottom + dy};
  };
  for (SetLine& line : piece.lines) {
    line.x += dx;
    line.baseline += dy;
  }
  for (Rect& bar : piece.bars) shift(bar);
  shift(piece.box);
}

std::vector<SetGlyph> glyphs_of(const SetPage& page) {
  std::vector<SetGlyph> glyphs;
  std::vector<std::pair<int, SetGlyph>> of_line;  // with their places in the text
  for (const SetLine& set : page.lines->lines) {
    const char* text = pango_layout_get_text(set.layout.get());
    const PangoLayoutLine* line = pango_layout_get_line_readonly(set.layout.get(), set.index);
    double x = set.x;
    for (const GSList* at = line->runs; at != nullptr; at = at->next) {
      auto* run = static_cast<PangoLayoutRun*>(at->data);
      const PangoGlyphString* string = run->glyphs;
      std::vector<double> left{x + px(run->start_x_offset)};
      for (int i = 0; i < string->num_glyphs; ++i)
        left.push_back(left.back() + px(string->glyphs[i].geometry.width));
      PangoGlyphItemIter iter;
      for (gboolean more = pango_glyph_item_iter_init_start(&iter, run, text); more != FALSE;
           more = pango_glyph_item_iter_next_cluster(&iter)) {
        // Glyphs of text from right to left come last first.
        const int first = std::min(iter.start_glyph, iter.end_glyph + 1);
        const int last = std::max(iter.start_glyph + 1, iter.end_glyph);
        PangoRectangle ink;
        pango_glyph_string_extents_range(run->glyphs, first, last, run->item->analysis.font, &ink,
                                         nullptr);
        if (ink.width <= 0 || ink.height <= 0) continue;
        of_line.push_back({iter.start_index,
                           {std::string(text + iter.start_index, text + iter.end_index),
                            rect_at(ink, left[static_cast<std::size_t>(first)],
                                    set.baseline - px(run->y_offset))}});
      }
      x = left.back() + px(run->end_x_offset);
    }
    // Runs stand from left to right, whichever way they are read.
    std::stable_sort(of_line.begin(), of_line.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto& [place, glyph] : of_line) glyphs.push_back(std::move(glyph));
    of_line.clear();
  }
  return glyphs;
}

}  // namespace dsocr::data
