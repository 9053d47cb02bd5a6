#include "data/render/page_style.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "configs/seed.h"
#include "data/error.h"

namespace dsocr::data {
namespace {

// Draws every value from a stream of its own, so that none depends on how often others are drawn.
class Draws {
 public:
  Draws(std::uint64_t seed, std::uint64_t page_key) : seed_(seed), page_key_(page_key) {}

  std::uint64_t bits(const char* name) const {
    return configs::derive_seed(seed_, std::string("render.") + name, page_key_);
  }
  double between(const char* name, const Range& range) const {
    if (range.size() == 1) return range[0];
    const double share = static_cast<double>(bits(name) >> 11) * 0x1p-53;
    return range[0] + share * (range[1] - range[0]);
  }
  template <class T>
  const T& choose(const char* name, const std::vector<T>& from) const {
    return from[from.size() == 1 ? 0 : bits(name) % from.size()];
  }

 private:
  std::uint64_t seed_, page_key_;
};

Colour read_colour(const std::string& text) {
  if (text.size() != 7 || text[0] != '#' ||
      text.find_first_not_of("0123456789abcdefABCDEF", 1) != std::string::npos)
    throw DataError("", "", "'" + text + "' is no colour; write #rrggbb");
  Colour colour;
  for (std::size_t i = 0; i < 3; ++i)
    colour[i] = std::stoi(text.substr(1 + 2 * i, 2), nullptr, 16) / 255.0;
  return colour;
}

std::string colour_text(const Colour& colour) {
  char text[8];
  const auto byte = [](double value) { return static_cast<int>(std::lround(value * 255)); };
  std::snprintf(text, sizeof text, "#%02x%02x%02x", byte(colour[0]), byte(colour[1]),
                byte(colour[2]));
  return text;
}

void check_room(const PageStyle& style) {
  const bool vertical = style.writing == Writing::kVertical;
  const double across = (vertical ? style.height : style.width) - 2 * style.margin;
  const double down = (vertical ? style.width : style.height) - 2 * style.margin;
  if (vertical && style.height == 0)
    throw DataError("", "", "page.writing is vertical, which needs a page.height");
  const double column = (across - static_cast<double>(style.columns - 1) * style.column_gap) /
                        static_cast<double>(style.columns);
  if (column < style.font_px || (style.height > 0 && down < style.font_px))
    throw DataError("", "",
                    "page.margin, columns and column_gap leave no room for text of " +
                        std::to_string(style.font_px) + " pixels");
}

}  // namespace

Degradation draw_degradation(const DegradeConfig& config, std::uint64_t seed,
                             std::uint64_t page_key) {
  const Draws draws(seed, page_key);
  return {.scan = draws.between("degrade.scan", config.scan),
          .texture = draws.between("degrade.texture", config.texture),
          .light = draws.between("degrade.light", config.light),
          .skew = draws.between("degrade.skew", config.skew),
          .blur = draws.between("degrade.blur", config.blur),
          .noise = draws.between("degrade.noise", config.noise),
          .jpeg = draws.between("degrade.jpeg", config.jpeg),
          .seed = draws.bits("degrade")};
}

PageStyle draw_style(const RenderConfig& config, std::uint64_t page_key) {
  const Draws draws(config.seed, page_key);
  const PageConfig& page = config.page;
  PageStyle style{.family = draws.choose("font.family", config.font.family),
                  .font_px = draws.between("font.px", config.font.px),
                  .title_scale = draws.between("font.title_scale", config.font.title_scale),
                  .width = std::round(draws.between("page.width", page.width)),
                  .height = std::round(draws.between("page.height", page.height)),
                  .margin = draws.between("page.margin", page.margin),
                  .fill = draws.between("page.fill", page.fill),
                  .dpi = draws.between("page.dpi", page.dpi),
                  .columns = draws.choose("page.columns", page.columns),
                  .column_gap = draws.between("page.column_gap", page.column_gap),
                  .line_height = draws.between("page.line_height", page.line_height),
                  .line_gap = draws.between("page.line_gap", page.line_gap),
                  .paragraph_gap = draws.between("page.paragraph_gap", page.paragraph_gap),
                  .align = draws.choose("page.align", page.align),
                  .writing = draws.choose("page.writing", page.writing),
                  .ink = read_colour(draws.choose("page.ink", page.ink)),
                  .paper = read_colour(draws.choose("page.paper", page.paper)),
                  .tokens = draws.choose("tokens", config.tokens),
                  .language = config.language,
                  .degrade = draw_degradation(config.degrade, config.seed, page_key)};
  if (config.font.in_view) {
    if (style.height == 0)
      throw DataError("", "", "font.in_view needs a page.height: the view's scale depends on it");
    style.font_px /=
        font_px_in_view(style, config.mode, picture_size(style, style.height)) / style.font_px;
  }
  check_room(style);
  return style;
}

configs::PageSize picture_size(const PageStyle& style, double height) {
  return {std::max<std::int64_t>(1, std::llround(style.width * style.scale())),
          std::max<std::int64_t>(1, std::llround(height * style.scale()))};
}

double font_px_in_view(const PageStyle& style, configs::VisionMode mode,
                       configs::PageSize picture) {
  return style.font_px * style.scale() * configs::page_scale(mode, picture).y;
}

nlohmann::ordered_json style_json(const PageStyle& style) {
  nlohmann::ordered_json json{{"font", style.family},
                              {"font_px", style.font_px},
                              {"dpi", style.dpi},
                              {"margin", style.margin},
                              {"columns", style.columns},
                              {"line_height", style.line_height},
                              {"ink", colour_text(style.ink)},
                              {"paper", colour_text(style.paper)}};
  for (const auto& [name, value] : enum_names(Alignment{}))
    if (value == style.align) json["align"] = name;
  for (const auto& [name, value] : enum_names(Writing{}))
    if (value == style.writing) json["writing"] = name;
  const Degradation& d = style.degrade;
  for (const auto& [name, strength] : {std::pair{"scan", d.scan},
                                       {"texture", d.texture},
                                       {"light", d.light},
                                       {"skew", d.skew},
                                       {"blur", d.blur},
                                       {"noise", d.noise},
                                       {"jpeg", d.jpeg}})
    if (strength > 0) json["degrade"][name] = strength;
  return json;
}

}  // namespace dsocr::data
