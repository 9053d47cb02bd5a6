#include "configs/view.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

namespace dsocr::configs {
namespace {

constexpr std::array<std::pair<std::string_view, VisionMode>, 10> kNames{{
    {"tiny", VisionMode::kTiny},
    {"small", VisionMode::kSmall},
    {"base", VisionMode::kBase},
    {"large", VisionMode::kLarge},
    {"gundam", VisionMode::kGundam},
    {"gundam_m", VisionMode::kGundamM},
    {"p128", VisionMode::kP128},
    {"p192", VisionMode::kP192},
    {"p256", VisionMode::kP256},
    {"p320", VisionMode::kP320},
}};

void require_page(PageSize page) {
  if (page.width > 0 && page.height > 0) return;
  throw std::invalid_argument("page size must be positive, got " + std::to_string(page.width) +
                              " x " + std::to_string(page.height));
}

std::int64_t square(std::int64_t side) { return side * side; }

double ratio(std::int64_t a, std::int64_t b) {
  return static_cast<double>(a) / static_cast<double>(b);
}

}  // namespace

std::span<const std::pair<std::string_view, VisionMode>> enum_names(VisionMode) { return kNames; }

std::optional<VisionMode> parse_mode(std::string_view name) {
  for (const auto& [known, mode] : kNames) {
    if (known == name) return mode;
  }
  return std::nullopt;
}

std::string_view mode_name(VisionMode mode) {
  for (const auto& [name, known] : kNames) {
    if (known == mode) return name;
  }
  throw std::invalid_argument("not a vision mode");
}

bool is_official(VisionMode mode) { return mode <= VisionMode::kGundamM; }

std::string mode_choice() {
  std::string text;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (i > 0) text += i + 1 < kNames.size() ? ", " : " or ";
    text += kNames[i].first;
  }
  return text;
}

ViewGeometry view_geometry(VisionMode mode) {
  switch (mode) {
    case VisionMode::kTiny:
      return {.base_size = 512, .tile_size = 0, .pads = false};
    case VisionMode::kSmall:
      return {.base_size = 640, .tile_size = 0, .pads = false};
    case VisionMode::kBase:
      return {.base_size = 1024, .tile_size = 0, .pads = true};
    case VisionMode::kLarge:
      return {.base_size = 1280, .tile_size = 0, .pads = true};
    case VisionMode::kGundam:
      return {.base_size = 1024, .tile_size = 640, .pads = true};
    case VisionMode::kGundamM:
      return {.base_size = 1280, .tile_size = 1024, .pads = true};
    case VisionMode::kP128:
      return {.base_size = 128, .tile_size = 0, .pads = false};
    case VisionMode::kP192:
      return {.base_size = 192, .tile_size = 0, .pads = false};
    case VisionMode::kP256:
      return {.base_size = 256, .tile_size = 0, .pads = false};
    case VisionMode::kP320:
      return {.base_size = 320, .tile_size = 0, .pads = false};
  }
  throw std::invalid_argument("not a vision mode");
}

std::int64_t tokens_per_side(std::int64_t side) {
  return (side / kPatchSize + kDownsample - 1) / kDownsample;
}

Tiling choose_tiling(PageSize page, std::int64_t tile_size, TileLimits limits) {
  require_page(page);
  if (limits.min_tiles < 2 || limits.max_tiles < limits.min_tiles || tile_size <= 0) {
    throw std::invalid_argument("no tiling of " + std::to_string(limits.min_tiles) + " to " +
                                std::to_string(limits.max_tiles) + " tiles of " +
                                std::to_string(tile_size) + " pixels");
  }
  const double aspect = ratio(page.width, page.height);
  const double num_pixels = static_cast<double>(page.width) * static_cast<double>(page.height);
  Tiling best;
  double best_difference = std::numeric_limits<double>::infinity();
  // By rising number of tiles: among equal shapes the smallest is met first, and left only when the
  // page has the pixels for a larger one. The equality of doubles is the reference's own test.
  for (std::int64_t n = limits.min_tiles; n <= limits.max_tiles; ++n) {
    for (std::int64_t columns = 1; columns <= n; ++columns) {
      if (n % columns != 0) continue;
      const Tiling grid{columns, n / columns};
      const double difference = std::abs(aspect - ratio(grid.columns, grid.rows));
      const double half_grid_pixels = 0.5 * static_cast<double>(square(tile_size) * n);
      if (difference < best_difference) {
        best = grid;
        best_difference = difference;
      } else if (difference == best_difference && num_pixels > half_grid_pixels) {
        best = grid;
      }
    }
  }
  return best;
}

Tiling page_tiling(VisionMode mode, PageSize page, TileLimits limits) {
  require_page(page);
  const std::int64_t tile_size = view_geometry(mode).tile_size;
  if (tile_size == 0 || std::max(page.width, page.height) <= kUntiledSide) return {};
  return choose_tiling(page, tile_size, limits);
}

std::optional<std::int64_t> vision_tokens(VisionMode mode) {
  const ViewGeometry geometry = view_geometry(mode);
  if (geometry.tile_size > 0) return std::nullopt;
  return square(tokens_per_side(geometry.base_size));
}

PageTokens page_tokens(VisionMode mode, PageSize page, TileLimits limits) {
  const ViewGeometry geometry = view_geometry(mode);
  const Tiling tiling = page_tiling(mode, page, limits);
  const std::int64_t side = tokens_per_side(geometry.base_size);
  const std::int64_t tile_side = tokens_per_side(geometry.tile_size);
  const std::int64_t global_tokens = square(side);
  const std::int64_t tile_tokens = square(tile_side) * tiling.num_tiles();
  const std::int64_t longer = std::max(page.width, page.height);
  const std::int64_t shorter = std::min(page.width, page.height);

  PageTokens tokens{};
  tokens.tiling = tiling;
  tokens.vision_tokens = global_tokens + tile_tokens;
  tokens.placeholders = side * (side + 1) + 1;
  if (tiling.num_tiles() > 0) {
    tokens.placeholders += tile_side * tiling.rows * (tile_side * tiling.columns + 1);
  }
  tokens.valid_tokens = global_tokens + tile_tokens;
  tokens.valid_tokens_hf = global_tokens + (geometry.tile_size == 640 ? tile_tokens : 0);
  if (geometry.pads) {
    // Whole numbers for the paper's ceil, so that no rounding error adds a token; the same doubles
    // as the reference for its truncation.
    const std::int64_t valid = (global_tokens * shorter + longer - 1) / longer;
    const double kept = 1.0 - ratio(longer - shorter, longer);
    const auto valid_hf = static_cast<std::int64_t>(static_cast<double>(global_tokens) * kept);
    tokens.valid_tokens += valid - global_tokens;
    tokens.valid_tokens_hf += valid_hf - global_tokens;
  }
  return tokens;
}

ViewScale global_scale(VisionMode mode, PageSize page) {
  require_page(page);
  const ViewGeometry geometry = view_geometry(mode);
  if (!geometry.pads) {
    return {ratio(geometry.base_size, page.width), ratio(geometry.base_size, page.height)};
  }
  const double scale = ratio(geometry.base_size, std::max(page.width, page.height));
  return {scale, scale};
}

std::optional<ViewScale> tile_scale(VisionMode mode, PageSize page, TileLimits limits) {
  const Tiling tiling = page_tiling(mode, page, limits);
  if (tiling.num_tiles() == 0) return std::nullopt;
  const std::int64_t tile_size = view_geometry(mode).tile_size;
  return ViewScale{ratio(tiling.columns * tile_size, page.width),
                   ratio(tiling.rows * tile_size, page.height)};
}

ViewScale page_scale(VisionMode mode, PageSize page, TileLimits limits) {
  return tile_scale(mode, page, limits).value_or(global_scale(mode, page));
}

std::string mode_text(VisionMode mode) {
  const ViewGeometry geometry = view_geometry(mode);
  const std::string side = std::to_string(geometry.base_size);
  const std::string shape = side + "x" + side + (geometry.pads ? ", padded" : ", stretched");
  if (const auto tokens = vision_tokens(mode))
    return shape + ": " + std::to_string(*tokens) + " vision tokens" +
           (is_official(mode) ? "" : ", not DeepSeek-OCR's");
  return shape + ", and tiles of " + std::to_string(geometry.tile_size) +
         ": vision tokens by page size";
}

}  // namespace dsocr::configs
