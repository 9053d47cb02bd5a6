#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "data/image/degrade.h"
#include "data/render/render_config.h"

namespace dsocr::data {

using Colour = std::array<double, 3>;  // red, green, blue from 0 to 1

/// How one page looks: the values of a RenderConfig, drawn. Lengths are pixels at 96 dpi.
struct PageStyle {
  std::string family = "Noto Sans";
  double font_px = 16;
  double title_scale = 1.5;
  double width = 794, height = 1123;  // height 0: as high as its text
  double margin = 48;
  double fill = 1;  // of the room between the margins
  double dpi = 96;
  std::int64_t columns = 1;
  double column_gap = 24;
  double line_height = 1.4, line_gap = 0;
  double paragraph_gap = 0.7;
  Alignment align = Alignment::kStart;
  Writing writing = Writing::kHorizontal;
  Colour ink = {0, 0, 0}, paper = {1, 1, 1};
  std::int64_t tokens = 0;
  std::string language = {};
  Degradation degrade = {};

  /// Pixels of the picture to one of the layout.
  double scale() const { return dpi / 96; }
};

/// The strengths of a page, each from its own stream.
Degradation draw_degradation(const DegradeConfig& config, std::uint64_t seed,
                             std::uint64_t page_key);

/// The style of a page. Throws DataError for a colour that is none, for font.in_view without a
/// height, and for margins and columns that leave no room.
PageStyle draw_style(const RenderConfig& config, std::uint64_t page_key);

/// The picture of a page of this style that is so high at 96 dpi.
configs::PageSize picture_size(const PageStyle& style, double height);

/// The size of the font in the view of the mode that the model sees, for a picture of this size.
double font_px_in_view(const PageStyle& style, configs::VisionMode mode, configs::PageSize picture);

/// What is kept with a page (README.md).
nlohmann::ordered_json style_json(const PageStyle& style);

}  // namespace dsocr::data
