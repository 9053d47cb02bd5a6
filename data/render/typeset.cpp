#include "data/render/typeset.h"

#include <pango/pangocairo.h>

#include <algorithm>
#include <limits>

#include "data/error.h"
#include "data/render/flow.h"
#include "data/render/pango_lines.h"

namespace dsocr::data {
namespace {

// A page cannot hold more characters than that: no character needs less room on average.
constexpr double kLeastAreaOfCharacter = 0.15;  // of the square of the font's size

// People who draw boxes around text leave a little room.
constexpr double kRoomAroundInk = 0.15;  // of the font's size

struct FreeFontOptions {
  void operator()(cairo_font_options_t* options) const { cairo_font_options_destroy(options); }
};

// A piece in the order of the text, with what it belongs to.
struct Item {
  Piece piece;
  FlowItem flow;
  std::size_t element;
  std::size_t from, to;  // bytes of the element's text
};

ContextPtr make_context(PangoFontMap* map, const PageStyle& style, PangoDirection direction) {
  ContextPtr context(pango_font_map_create_context(map));
  // Whole pixels at 96 dpi, so that a page is set the same at any resolution.
  const std::unique_ptr<cairo_font_options_t, FreeFontOptions> options(cairo_font_options_create());
  cairo_font_options_set_antialias(options.get(), CAIRO_ANTIALIAS_GRAY);
  cairo_font_options_set_hint_style(options.get(), CAIRO_HINT_STYLE_SLIGHT);
  cairo_font_options_set_hint_metrics(options.get(), CAIRO_HINT_METRICS_ON);
  pango_cairo_context_set_font_options(context.get(), options.get());
  pango_context_set_base_dir(context.get(), direction);
  if (!style.language.empty())
    pango_context_set_language(context.get(), pango_language_from_string(style.language.c_str()));
  if (style.writing == Writing::kVertical) {
    pango_context_set_base_gravity(context.get(), PANGO_GRAVITY_EAST);
    pango_context_set_gravity_hint(context.get(), PANGO_GRAVITY_HINT_NATURAL);
  }
  return context;
}

const char* category_of(const Element& element) {
  switch (element.kind) {
    case ElementKind::kTitle:
      return element.level == 1 ? "title" : "sub_title";
    case ElementKind::kListItem:
      return "list";
    case ElementKind::kTable:
      return "table";
    case ElementKind::kRule:
      return "rule";
    case ElementKind::kParagraph:
      break;
  }
  return "text";
}

// Sets elements one after another into pieces of one column's width.
class ColumnSetter {
 public:
  ColumnSetter(const PageFonts& fonts, double width) : fonts_(fonts), width_(width) {}

  std::vector<Item> items;

  // `room`: characters that may still be needed.
  void add(const Element& element, std::size_t index, std::size_t room) {
    const PageStyle& style = fonts_.style;
    const std::size_t first = items.size();
    if (element.kind == ElementKind::kTable) {
      Piece table = set_table(fonts_, *element.table, width_);
      items.push_back({std::move(table), {}, index, 0, element.text.size()});
    } else if (element.kind == ElementKind::kRule) {
      const Rect bar{0, 0, width_, std::max(1.0, style.font_px / 16)};
      items.push_back({{.height = bar.bottom, .bars = {bar}, .box = bar}, {}, index, 0, 0});
    } else {
      add_text(element, index, room);
    }
    for (std::size_t i = first; i < items.size(); ++i) {
      FlowItem& flow = items[i].flow;
      flow.height = items[i].piece.height;
      // Titles stay whole, and with what they are the title of.
      flow.with_next = element.kind == ElementKind::kTitle;
    }
    const bool in_list = element.kind == ElementKind::kListItem && index > 0 && was_list_;
    items[first].flow.gap = style.paragraph_gap * style.font_px * (in_list ? 0.3 : 1);
    was_list_ = element.kind == ElementKind::kListItem;
  }

 private:
  void add_text(const Element& element, std::size_t index, std::size_t room) {
    const PageStyle& style = fonts_.style;
    TextStyle text{.font_px = style.font_px, .width = width_, .align = style.align};
    if (element.kind == ElementKind::kTitle) {
      text.font_px *= 1 + (style.title_scale - 1) * (6 - element.level) / 5.0;
      text.bold = true;
      if (text.align == Alignment::kJustify) text.align = Alignment::kStart;
    }
    double indent = 0;
    if (element.kind == ElementKind::kListItem)
      indent = std::min(style.font_px * 1.6 * element.level, width_ / 2);
    text.width -= indent;
    text.right_to_left = element.right_to_left;
    const double left = element.right_to_left ? 0 : indent;
    const LayoutPtr layout = make_layout(fonts_, start_of(element.text, room), text);
    std::vector<Piece> lines = set_lines(fonts_, layout, text.font_px, left);
    if (indent > 0 && !element.continued) add_mark(element, indent, lines.front());
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const PangoLayoutLine* line =
          pango_layout_get_line_readonly(layout.get(), static_cast<int>(i));
      const auto from = static_cast<std::size_t>(line->start_index);
      items.push_back(
          {std::move(lines[i]), {}, index, from, from + static_cast<std::size_t>(line->length)});
    }
  }

  void add_mark(const Element& element, double indent, Piece& line) const {
    const LayoutPtr layout =
        make_layout(fonts_, element.mark == "-" ? "\u2022" : element.mark,
                    {.font_px = fonts_.style.font_px, .right_to_left = element.right_to_left});
    PangoRectangle logical;
    pango_layout_get_extents(layout.get(), nullptr, &logical);
    const double gap = fonts_.style.font_px * 0.4;
    const double x = element.right_to_left ? width_ - indent + gap
                                           : std::max(0.0, indent - gap - px(logical.width));
    const double baseline = line.lines.front().baseline;
    PangoRectangle ink;
    pango_layout_line_get_extents(pango_layout_get_line_readonly(layout.get(), 0), &ink, nullptr);
    line.box.include(rect_at(ink, x, baseline));
    line.lines.push_back({layout, 0, x, baseline});
  }

  // A page takes a little of a long text: the rest is not set for nothing.
  static std::string start_of(const std::string& text, std::size_t characters) {
    if (text.size() <= characters) return text;
    const char* begin = text.data();
    const char* end = begin;
    while (end < begin + text.size() && characters-- > 0) end = g_utf8_next_char(end);
    if (end >= begin + text.size()) return text;
    while (end > begin && *end != ' ') end = g_utf8_prev_char(end);
    return end > begin ? std::string(begin, end) : text;
  }

  const PageFonts& fonts_;
  double width_;
  bool was_list_ = false;
};

// Columns of a page, along its lines.
struct Grid {
  bool vertical, fixed;  // fixed: the page has a height
  std::size_t num_columns;
  double column_width, down;

  explicit Grid(const PageStyle& style)
      : vertical(style.writing == Writing::kVertical),
        fixed(vertical || style.height > 0),
        num_columns(static_cast<std::size_t>(style.columns)),
        column_width(((vertical ? style.height : style.width) - 2 * style.margin -
                      static_cast<double>(num_columns - 1) * style.column_gap) /
                     static_cast<double>(num_columns)),
        down(filled((vertical ? style.width : style.height) - 2 * style.margin, style)) {}

  // With room for one line at least, where the page has any.
  static double filled(double room, const PageStyle& style) {
    const double line = style.font_px * (style.line_height + 0.5) + style.line_gap;
    return std::min(room, std::max(room * style.fill, line));
  }
};

// At least as many as the page holds, up to one that cannot be set.
std::vector<Item> set_elements(const PageFonts& fonts, const Grid& grid,
                               std::span<const Element> elements, std::string& refused) {
  const std::size_t room = most_characters(fonts.style);
  ColumnSetter setter(fonts, grid.column_width);
  double needed = 0;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const std::size_t first = setter.items.size();
    try {
      setter.add(elements[i], i, room);
    } catch (const DataError& error) {
      if (i == 0) throw;
      refused = error.what();
      break;
    }
    for (std::size_t j = first; j < setter.items.size(); ++j)
      needed += setter.items[j].flow.height + setter.items[j].flow.gap;
    // One more element than fits, for the titles that stay with it.
    if (grid.fixed && needed > grid.down * static_cast<double>(grid.num_columns) &&
        elements[i].kind != ElementKind::kTitle)
      break;
  }
  return std::move(setter.items);
}

// Behind the last item that has a place.
Place end_of(std::span<const Element> elements, const std::vector<Item>& items,
             std::size_t num_placed) {
  if (items.empty()) return {};
  if (num_placed < items.size()) return {items[num_placed].element, items[num_placed].from};
  // Of a long text, only the start was set.
  const Item& last = items.back();
  const Element& element = elements[last.element];
  if (element.splits() && element.text.find_first_not_of(' ', last.to) != std::string::npos)
    return {last.element, last.to};
  return {last.element + 1, 0};
}

// Moves the items to their places, and makes blocks of those that belong together.
void assemble(std::span<const Element> elements, const PageStyle& style, const Grid& grid,
              std::vector<Item>& items, const std::vector<FlowPlace>& places, SetPage& page) {
  const auto lines = std::make_shared<SetPage::Lines>();
  lines->vertical = grid.vertical;
  const bool from_right = !elements.empty() && elements[0].right_to_left;
  for (std::size_t i = 0; i < places.size(); ++i) {
    Item& item = items[i];
    const Element& element = elements[item.element];
    const std::size_t column =
        from_right ? grid.num_columns - 1 - places[i].column : places[i].column;
    move(item.piece,
         style.margin + static_cast<double>(column) * (grid.column_width + style.column_gap),
         style.margin + places[i].top);
    const bool same_column = i > 0 && places[i].column == places[i - 1].column;
    const bool same_element = i > 0 && item.element == items[i - 1].element;
    const bool same_list = i > 0 && element.kind == ElementKind::kListItem &&
                           elements[items[i - 1].element].kind == ElementKind::kListItem;
    if (!same_column || !(same_element || same_list))
      page.blocks.push_back({category_of(element), "", {}});
    if (same_element && element.kind != ElementKind::kTitle)
      page.breaks.push_back({item.element, item.from});
    SetBlock& block = page.blocks.back();
    block.box.include(item.piece.box);
    if (same_list && same_column && !same_element) block.text += '\n';
    block.text += element.text.substr(item.from, item.to - item.from);
    lines->lines.insert(lines->lines.end(), item.piece.lines.begin(), item.piece.lines.end());
    lines->bars.insert(lines->bars.end(), item.piece.bars.begin(), item.piece.bars.end());
  }
  for (SetBlock& block : page.blocks) {
    while (block.text.ends_with(' ')) block.text.pop_back();
    if (block.category == "rule" || block.category == "table") continue;
    const double rim = kRoomAroundInk * style.font_px;
    block.box = {block.box.left - rim, block.box.top - rim, block.box.right + rim,
                 block.box.bottom + rim};
  }
  page.lines = lines;
}

}  // namespace

std::size_t most_characters(const PageStyle& style) {
  if (style.height == 0) return std::numeric_limits<std::size_t>::max();
  const double area = style.width * style.height;
  return 64 +
         static_cast<std::size_t>(area / (style.font_px * style.font_px * kLeastAreaOfCharacter));
}

struct Typesetter::Fonts {
  std::unique_ptr<PangoFontMap, Unref> map{pango_cairo_font_map_new()};
  std::size_t num_pages = 0;

  // Pango keeps each size of a font for good, in lists: pages of drawn sizes would take ever
  // longer.
  void begin_page() {
    constexpr std::size_t kPagesOfAMap = 128;
    if (++num_pages % kPagesOfAMap == 0) map.reset(pango_cairo_font_map_new());
  }
};

Typesetter::Typesetter() : fonts_(std::make_unique<Fonts>()) {}
Typesetter::~Typesetter() = default;

std::vector<std::string> Typesetter::families() const {
  PangoFontFamily** families = nullptr;
  int count = 0;
  pango_font_map_list_families(fonts_->map.get(), &families, &count);
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) names.emplace_back(pango_font_family_get_name(families[i]));
  g_free(families);
  std::sort(names.begin(), names.end());
  return names;
}

SetPage Typesetter::set(std::span<const Element> elements, const PageStyle& style) const {
  fonts_->begin_page();
  const PageFonts fonts{make_context(fonts_->map.get(), style, PANGO_DIRECTION_LTR),
                        make_context(fonts_->map.get(), style, PANGO_DIRECTION_RTL), style};
  Grid grid(style);
  SetPage page{.width = style.width};
  std::vector<Item> items = set_elements(fonts, grid, elements, page.refused);
  std::vector<FlowItem> flow_items;
  for (const Item& item : items) flow_items.push_back(item.flow);
  if (!grid.fixed) grid.down = balanced_height(flow_items, grid.num_columns);
  page.height = grid.fixed ? style.height : grid.down + 2 * style.margin;
  const std::vector<FlowPlace> places = flow(flow_items, grid.num_columns, grid.down);
  if (places.empty() && !items.empty())
    throw DataError(
        "", "",
        std::string("a ") + category_of(elements[0]) + " is higher than the page leaves room for",
        /*recoverable=*/true);
  page.end = end_of(elements, items, places.size());
  assemble(elements, style, grid, items, places, page);
  return page;
}

const Typesetter& thread_typesetter() {
  static thread_local const Typesetter typesetter;
  return typesetter;
}

}  // namespace dsocr::data
