#include "data/render/renderer.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "data/error.h"
#include "data/image/encode.h"
#include "data/render/typeset.h"

namespace dsocr::data {
namespace {

constexpr const char* kLabeller = "dsocr render";

// From lines of text at 96 dpi to the grid of the degraded picture.
class ToGrid {
 public:
  ToGrid(const PageStyle& style, const SetPage& page, const DegradedImage& picture)
      : vertical_(style.writing == Writing::kVertical),
        page_width_(page.width),
        scale_(style.scale()),
        moved_(picture.moved),
        width_(static_cast<double>(picture.image.width)),
        height_(static_cast<double>(picture.image.height)) {}

  std::array<std::uint16_t, 4> operator()(const Rect& rect) const {
    Rect box{1e9, 1e9, -1e9, -1e9};
    for (const double x : {rect.left, rect.right})
      for (const double y : {rect.top, rect.bottom}) {
        const double page_x = (vertical_ ? page_width_ - y : x) * scale_;
        const double page_y = (vertical_ ? x : y) * scale_;
        const double at_x = moved_[0] * page_x + moved_[1] * page_y + moved_[2];
        const double at_y = moved_[3] * page_x + moved_[4] * page_y + moved_[5];
        box = {std::min(box.left, at_x), std::min(box.top, at_y), std::max(box.right, at_x),
               std::max(box.bottom, at_y)};
      }
    return {on_grid(box.left / width_), on_grid(box.top / height_), on_grid(box.right / width_),
            on_grid(box.bottom / height_)};
  }

 private:
  bool vertical_;
  double page_width_, scale_;
  std::array<double, 6> moved_;
  double width_, height_;
};

// Share of the page that the blocks of its layout cover.
double area_used(const std::vector<Block>& blocks) {
  double area = 0;
  for (const Block& block : blocks)
    if (block.order >= 0) area += (block.box[2] - block.box[0]) * (block.box[3] - block.box[1]);
  return area / (999.0 * 999.0);
}

}  // namespace

RenderedPage render(std::span<const Element> elements, const PageStyle& style,
                    configs::VisionMode mode, RenderNotes notes) {
  const SetPage page = thread_typesetter().set(elements, style);
  if (!page.refused.empty()) throw DataError("", "", page.refused, /*recoverable=*/true);
  if (page.end < Place{elements.size(), 0})
    throw DataError("", "",
                    "the page is full before the end of its text: smaller type, a larger "
                    "page, fewer tokens or page.height 0 would do",
                    /*recoverable=*/true);
  DegradedImage picture = degrade(draw(page, style), style.degrade);
  const ToGrid to_grid(style, page, picture);
  const std::vector<Place> breaks = notes.line_breaks ? page.breaks : std::vector<Place>();
  RenderedPage rendered{
      .text = to_text(break_lines(elements, breaks)), .style = style, .mode = mode};
  for (const SetBlock& block : page.blocks)
    rendered.blocks.push_back({.category = block.category,
                               .box = to_grid(block.box),
                               .order = static_cast<std::int32_t>(rendered.blocks.size()),
                               .text = block.text,
                               .confidence = 1,
                               .labeller = kLabeller});
  if (notes.glyphs)
    for (SetGlyph& glyph : glyphs_of(page))
      rendered.blocks.push_back({.category = "glyph",
                                 .box = to_grid(glyph.box),
                                 .text = std::move(glyph.text),
                                 .confidence = 1,
                                 .labeller = kLabeller});
  rendered.image = std::move(picture.image);
  return rendered;
}

Page to_page(const RenderedPage& rendered, const std::string& id, std::int64_t tokens) {
  const int quality = rendered.style.degrade.jpeg_quality();
  const configs::PageSize size{rendered.image.width, rendered.image.height};
  nlohmann::ordered_json meta = style_json(rendered.style);
  meta["mode"] = configs::mode_name(rendered.mode);
  meta["font_px_in_view"] = font_px_in_view(rendered.style, rendered.mode, size);
  meta["vision_tokens"] = configs::page_tokens(rendered.mode, size).vision_tokens;
  meta["area_used"] = area_used(rendered.blocks);
  if (tokens > 0) meta["tokens"] = tokens;
  return {.id = id,
          .image = quality > 0 ? encode_jpeg(rendered.image, id, quality)
                               : encode_png(rendered.image, id),
          .width = static_cast<std::uint32_t>(rendered.image.width),
          .height = static_cast<std::uint32_t>(rendered.image.height),
          .text = rendered.text,
          .language = rendered.style.language,
          .meta = meta.dump(),
          .blocks = rendered.blocks};
}

}  // namespace dsocr::data
