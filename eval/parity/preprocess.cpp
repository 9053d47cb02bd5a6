#include <nlohmann/json.hpp>

#include "configs/sha256.h"
#include "data/error.h"
#include "data/image/decode.h"
#include "data/image/resize.h"
#include "data/image/views.h"
#include "eval/parity/parity.h"
#include "reports/files.h"

namespace dsocr::eval {
namespace {

using nlohmann::json;

bool equals(const data::Image& image, const json& theirs) {
  const std::string_view bytes(reinterpret_cast<const char*>(image.rgb.data()), image.rgb.size());
  return image.width == theirs.at("width") && image.height == theirs.at("height") &&
         configs::sha256_hex(bytes) == theirs.at("sha256_rgb");
}

bool equals(const std::vector<data::Image>& images, const json& theirs) {
  if (images.size() != theirs.size()) return false;
  for (size_t i = 0; i < images.size(); ++i)
    if (!equals(images[i], theirs[i])) return false;
  return true;
}

void check_modes(const std::string& name, const data::Image& image, const json& theirs,
                 std::vector<model::Check>& checks) {
  for (const auto& [mode_name, expected] : theirs.at("modes").items()) {
    const auto mode = configs::parse_mode(mode_name);
    EqualCount count(name, mode_name);
    if (mode) {
      const data::PageViews views = data::make_views(image, *mode);
      count.add(json{views.tiling.columns, views.tiling.rows} == expected.at("ratio_w_h"),
                "tile grid");
      count.add(equals(views.global, expected.at("global_view")), "global view");
      count.add(equals(views.tiles, expected.at("tiles")), "tiles");
    } else {
      count.add(false, "unknown mode");
    }
    checks.push_back(count.check());
  }
}

void check_small(const std::string& name, const data::Image& image, const json& theirs,
                 const json& sizes, std::vector<model::Check>& checks) {
  EqualCount count(name, "small sizes");
  const configs::Tiling tiling =
      configs::choose_tiling({image.width, image.height}, sizes.at("tile"),
                             {.min_tiles = sizes.at("min_num"), .max_tiles = sizes.at("max_num")});
  count.add(json{tiling.columns, tiling.rows} == theirs.at("small_ratio_w_h"), "tile grid");
  count.add(equals(data::cut_tiles(image, tiling, sizes.at("tile")), theirs.at("small_tiles")),
            "tiles");
  count.add(equals(data::pad_square(image, sizes.at("pad")), theirs.at("small_pad")), "pad");
  count.add(equals(data::resize(image, sizes.at("direct"), sizes.at("direct")),
                   theirs.at("small_direct")),
            "resize");
  checks.push_back(count.check());
}

}  // namespace

std::vector<model::Check> verify_preprocess(const std::filesystem::path& folder) {
  const json golden = json::parse(reports::read_file(folder / "preprocess.json"));
  std::vector<model::Check> checks;
  for (const auto& [name, theirs] : golden.at("images").items()) {
    const data::Image image = data::read_image(folder / (name + ".png"));
    EqualCount input(name, "decode");
    input.add(equals(image, theirs.at("input")), "pixels");
    checks.push_back(input.check());
    check_small(name, image, theirs, golden.at("small"), checks);
    check_modes(name, image, theirs, checks);
  }
  EqualCount conversions("conversions", "EXIF and colour");
  for (const auto& [name, theirs] : golden.at("conversions").items())
    conversions.add(equals(data::read_image(folder / name), theirs), name);
  checks.push_back(conversions.check());
  return checks;
}

}  // namespace dsocr::eval
