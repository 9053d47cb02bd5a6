#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace dsocr::configs {

/// How a page is shown to the vision encoder. The first six are DeepSeek-OCR's; kPN is a view of N
/// pixels for small networks, stretched like kTiny.
enum class VisionMode {
  kTiny,
  kSmall,
  kBase,
  kLarge,
  kGundam,
  kGundamM,
  kP128,
  kP192,
  kP256,
  kP320
};

/// Names as written in configs and reports: tiny, ..., gundam_m, p128, ..., p320.
std::span<const std::pair<std::string_view, VisionMode>> enum_names(VisionMode);
std::optional<VisionMode> parse_mode(std::string_view name);
std::string_view mode_name(VisionMode mode);
/// Whether DeepSeek-OCR has the mode.
bool is_official(VisionMode mode);
/// All names for people: "tiny, small, ... or p320".
std::string mode_choice();

/// Pixels per side of a patch, and patches per side that the compressor merges into one token.
inline constexpr std::int64_t kPatchSize = 16;
inline constexpr std::int64_t kDownsample = 4;
/// Tiled modes cut no tiles when both sides of the page fit this many pixels, whatever the tile.
inline constexpr std::int64_t kUntiledSide = 640;

struct ViewGeometry {
  std::int64_t base_size;  // side of the global view in pixels
  std::int64_t tile_size;  // side of a tile in pixels, 0 when the mode has no tiles
  bool pads;               // global view keeps the aspect ratio and is padded, else it is stretched
};
ViewGeometry view_geometry(VisionMode mode);

/// What a mode does to a page, for people: "512x512, stretched: 64 vision tokens".
std::string mode_text(VisionMode mode);

/// Tokens along one side of a square view of `side` pixels, without the newline column.
std::int64_t tokens_per_side(std::int64_t side);

/// A page in pixels, after its EXIF rotation. Every function on it throws std::invalid_argument
/// unless both sides are positive.
struct PageSize {
  std::int64_t width;
  std::int64_t height;
};

/// Grid of tiles; 1 x 1 stands for "no tiles".
struct Tiling {
  std::int64_t columns = 1;
  std::int64_t rows = 1;
  std::int64_t num_tiles() const { return columns * rows > 1 ? columns * rows : 0; }
  bool operator==(const Tiling&) const = default;
};

/// Bounds of a grid. The paper and the Hugging Face code allow 9 tiles, the vLLM one 6.
struct TileLimits {
  std::int64_t min_tiles = 2;
  std::int64_t max_tiles = 9;
};

/// The grid whose shape is nearest to the page's; among equal shapes the larger one when the page
/// has more than half its pixels. Never 1 x 1: always at least min_tiles.
/// Throws std::invalid_argument unless 2 <= min_tiles <= max_tiles and tile_size > 0.
Tiling choose_tiling(PageSize page, std::int64_t tile_size, TileLimits limits = {});

/// The grid of a page in a mode: 1 x 1 in modes without tiles and for pages of kUntiledSide or
/// less.
Tiling page_tiling(VisionMode mode, PageSize page, TileLimits limits = {});

/// Vision tokens as the paper counts them, without newlines and separator: 64, 100, 256, 400,
/// and 4, 9, 16, 25 of the small views; nothing for the modes where they depend on the page.
std::optional<std::int64_t> vision_tokens(VisionMode mode);

/// What one page costs in a mode.
struct PageTokens {
  Tiling tiling;
  std::int64_t placeholders;   // image ids in the prompt: every token with newlines and separator
  std::int64_t vision_tokens;  // the paper's count, without newlines and separator
  // Tokens that see the page, not the padding: ceil(N * short side / long side) of a padded global
  // view, every token of a stretched one, plus every token of the tiles.
  std::int64_t valid_tokens;
  // The number the Hugging Face code prints: the global part truncated instead of rounded up, and
  // no tokens for tiles other than 640 pixels.
  std::int64_t valid_tokens_hf;
};
PageTokens page_tokens(VisionMode mode, PageSize page, TileLimits limits = {});

/// Factors from page pixels to view pixels.
struct ViewScale {
  double x;
  double y;
};

/// Scale of the global view: equal factors in the padding modes (before the rounding to whole
/// pixels), one per side in the stretching ones.
ViewScale global_scale(VisionMode mode, PageSize page);

/// Scale of the tiles; nothing when the page has none.
std::optional<ViewScale> tile_scale(VisionMode mode, PageSize page, TileLimits limits = {});

/// Scale of the sharpest view that shows the page: the tiles where there are any, else the global
/// view. A font of p pixels is p * y pixels high in it.
ViewScale page_scale(VisionMode mode, PageSize page, TileLimits limits = {});

}  // namespace dsocr::configs
