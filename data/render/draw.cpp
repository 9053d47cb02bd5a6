#include <pango/pangocairo.h>

#include <cmath>
#include <numbers>

#include "data/error.h"
#include "data/render/pango_lines.h"

namespace dsocr::data {
namespace {

struct FreeSurface {
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
};
struct FreeCairo {
  void operator()(cairo_t* cairo) const { cairo_destroy(cairo); }
};

Image to_image(cairo_surface_t* surface) {
  cairo_surface_flush(surface);
  Image image{.width = cairo_image_surface_get_width(surface),
              .height = cairo_image_surface_get_height(surface)};
  image.rgb.resize(static_cast<std::size_t>(image.width * image.height * 3));
  const unsigned char* data = cairo_image_surface_get_data(surface);
  const int stride = cairo_image_surface_get_stride(surface);
  std::uint8_t* out = image.rgb.data();
  for (std::int64_t y = 0; y < image.height; ++y) {
    const auto* row = reinterpret_cast<const std::uint32_t*>(data + y * stride);
    for (std::int64_t x = 0; x < image.width; ++x) {
      *out++ = static_cast<std::uint8_t>(row[x] >> 16);
      *out++ = static_cast<std::uint8_t>(row[x] >> 8);
      *out++ = static_cast<std::uint8_t>(row[x]);
    }
  }
  return image;
}

}  // namespace

Image draw(const SetPage& page, const PageStyle& style) {
  const configs::PageSize size = picture_size(style, page.height);
  const std::unique_ptr<cairo_surface_t, FreeSurface> surface(cairo_image_surface_create(
      CAIRO_FORMAT_RGB24, static_cast<int>(size.width), static_cast<int>(size.height)));
  const std::unique_ptr<cairo_t, FreeCairo> cairo(cairo_create(surface.get()));
  if (cairo_status(cairo.get()) != CAIRO_STATUS_SUCCESS)
    throw DataError(
        "", "",
        std::string("a page cannot be drawn: ") + cairo_status_to_string(cairo_status(cairo.get())),
        /*recoverable=*/true);
  cairo_set_source_rgb(cairo.get(), style.paper[0], style.paper[1], style.paper[2]);
  cairo_paint(cairo.get());
  cairo_set_source_rgb(cairo.get(), style.ink[0], style.ink[1], style.ink[2]);
  cairo_scale(cairo.get(), style.scale(), style.scale());
  if (page.lines->vertical) {
    cairo_translate(cairo.get(), page.width, 0);
    cairo_rotate(cairo.get(), std::numbers::pi / 2);
  }
  for (const Rect& bar : page.lines->bars) {
    cairo_rectangle(cairo.get(), bar.left, bar.top, bar.right - bar.left, bar.bottom - bar.top);
    cairo_fill(cairo.get());
  }
  for (const SetLine& line : page.lines->lines) {
    cairo_move_to(cairo.get(), line.x, line.baseline);
    pango_cairo_show_layout_line(cairo.get(),
                                 pango_layout_get_line_readonly(line.layout.get(), line.index));
  }
  return to_image(surface.get());
}

}  // namespace dsocr::data
