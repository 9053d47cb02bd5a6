#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/image/image.h"
#include "data/page.h"
#include "data/render/document.h"
#include "data/render/page_style.h"

namespace dsocr::data {

/// What is noted of a page beside its text and its layout.
struct RenderNotes {
  bool glyphs = false;       // a block for every glyph
  bool line_breaks = false;  // in the text, where the page has them
};

/// A page as a picture, with all that is known of it.
struct RenderedPage {
  Image image = {};
  std::string text = {};  // to_text() of the elements, with line breaks if they are asked for
  std::vector<Block> blocks = {};  // in reading order, then glyphs if they are asked for
  PageStyle style = {};
  configs::VisionMode mode = configs::VisionMode::kBase;
};

/// Sets, draws and degrades the elements as one page. Deterministic, on any thread. Throws a
/// recoverable DataError when they do not fit on it, and what Typesetter::set() throws.
RenderedPage render(std::span<const Element> elements, const PageStyle& style,
                    configs::VisionMode mode, RenderNotes notes = {});

/// The page as a store keeps it: the image as PNG, or as JPEG if the style degrades it by that; how
/// it was rendered as JSON (README.md).
Page to_page(const RenderedPage& rendered, const std::string& id, std::int64_t tokens);

}  // namespace dsocr::data
