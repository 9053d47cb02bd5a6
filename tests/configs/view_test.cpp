#include "configs/view.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <string>

#include "tests/support/read_json.h"

namespace dsocr::configs {
namespace {

constexpr PageSize kFoxPage{857, 1109};

TEST(ViewGolden, EveryTilingOfTheReference) {
  const auto rows = test::read_json(test::golden_dir() / "tables/tiling.json");
  ASSERT_EQ(rows.size(), 255u);
  for (const auto& row : rows) {
    const PageSize page{row.at("w"), row.at("h")};
    for (const std::int64_t max_tiles : {6, 9}) {
      for (const std::int64_t tile_size : {640, 1024}) {
        const auto key = "max" + std::to_string(max_tiles) + "_s" + std::to_string(tile_size);
        const Tiling expected{row.at(key).at(0), row.at(key).at(1)};
        const Tiling tiling = choose_tiling(page, tile_size, {.max_tiles = max_tiles});
        EXPECT_EQ(tiling, expected) << page.width << " x " << page.height << " " << key << ": got "
                                    << tiling.columns << " x " << tiling.rows;
      }
    }
  }
}

TEST(ViewGolden, EveryTokenCountOfTheReference) {
  const auto rows = test::read_json(test::golden_dir() / "tables/token_counts.json");
  ASSERT_EQ(rows.size(), 57u);
  for (const auto& row : rows) {
    const PageSize page{row.at("w"), row.at("h")};
    const auto modes = enum_names(VisionMode{});
    ASSERT_EQ(static_cast<std::ptrdiff_t>(row.at("modes").size()),
              std::count_if(modes.begin(), modes.end(),
                            [](const auto& entry) { return is_official(entry.second); }));
    for (const auto& [name, expected] : row.at("modes").items()) {
      SCOPED_TRACE(std::to_string(page.width) + " x " + std::to_string(page.height) + " " + name);
      const PageTokens tokens = page_tokens(parse_mode(name).value(), page);
      const Tiling tiling{expected.at("tiles_w_h").at(0), expected.at("tiles_w_h").at(1)};
      EXPECT_EQ(tokens.tiling, tiling);
      EXPECT_EQ(tokens.tiling.num_tiles(), expected.at("n_tiles"));
      EXPECT_EQ(tokens.placeholders, expected.at("placeholders"));
      EXPECT_EQ(tokens.valid_tokens_hf, expected.at("valid_img_tokens_hf"));
      EXPECT_EQ(tokens.vision_tokens, expected.at("vision_tokens_no_special"));
    }
  }
}

TEST(View, NamesAndModesCorrespond) {
  for (const auto& [name, mode] : enum_names(VisionMode{})) {
    EXPECT_EQ(parse_mode(name), mode);
    EXPECT_EQ(mode_name(mode), name);
  }
  EXPECT_EQ(parse_mode("Base"), std::nullopt);
}

TEST(View, CountsThePapersTokens) {
  EXPECT_EQ(vision_tokens(VisionMode::kTiny), 64);
  EXPECT_EQ(vision_tokens(VisionMode::kSmall), 100);
  EXPECT_EQ(vision_tokens(VisionMode::kBase), 256);
  EXPECT_EQ(vision_tokens(VisionMode::kLarge), 400);
  EXPECT_EQ(vision_tokens(VisionMode::kGundam), std::nullopt);
  EXPECT_EQ(vision_tokens(VisionMode::kGundamM), std::nullopt);
}

TEST(View, SmallViewsHaveOneTokenFor64Pixels) {
  std::int64_t side = 128;
  for (const VisionMode mode :
       {VisionMode::kP128, VisionMode::kP192, VisionMode::kP256, VisionMode::kP320}) {
    const std::int64_t tokens = side / 64;
    EXPECT_FALSE(is_official(mode));
    EXPECT_EQ(mode_name(mode), "p" + std::to_string(side));
    EXPECT_EQ(vision_tokens(mode), tokens * tokens);
    const PageTokens page = page_tokens(mode, kFoxPage);
    EXPECT_EQ(page.tiling, Tiling{});
    EXPECT_EQ(page.placeholders, tokens * (tokens + 1) + 1);
    EXPECT_EQ(page.valid_tokens, tokens * tokens);
    EXPECT_EQ(page.valid_tokens_hf, tokens * tokens);
    EXPECT_DOUBLE_EQ(page_scale(mode, kFoxPage).y, static_cast<double>(side) / 1109);  // stretched
    side += 64;
  }
  EXPECT_TRUE(is_official(VisionMode::kTiny));
  EXPECT_TRUE(is_official(VisionMode::kGundamM));
}

TEST(View, RoundsValidTokensUpWithoutError) {
  EXPECT_EQ(page_tokens(VisionMode::kBase, kFoxPage).valid_tokens, 198);
  EXPECT_EQ(page_tokens(VisionMode::kBase, kFoxPage).valid_tokens_hf, 197);
  EXPECT_EQ(page_tokens(VisionMode::kTiny, kFoxPage).valid_tokens, 64);
  EXPECT_EQ(page_tokens(VisionMode::kGundam, kFoxPage).valid_tokens, 198 + 600);
  EXPECT_EQ(page_tokens(VisionMode::kGundamM, kFoxPage).valid_tokens,
            (400 * 857 + 1108) / 1109 + 6 * 256);
  // 400 * 7 / 25 is 112; in doubles, 400 * (1 - 18 / 25) is a little more.
  EXPECT_EQ(page_tokens(VisionMode::kLarge, {700, 2500}).valid_tokens, 112);
}

TEST(View, CutsTilesOnlyAbove640Pixels) {
  EXPECT_EQ(page_tiling(VisionMode::kGundam, {640, 640}).num_tiles(), 0);
  EXPECT_EQ(page_tiling(VisionMode::kGundamM, {640, 640}).num_tiles(), 0);
  EXPECT_EQ(page_tiling(VisionMode::kGundam, {640, 641}), (Tiling{2, 2}));
  EXPECT_EQ(page_tiling(VisionMode::kLarge, {4000, 4000}).num_tiles(), 0);
}

TEST(View, TileLimitsBoundTheGrid) {
  EXPECT_EQ(page_tiling(VisionMode::kGundam, {10, 5000}, {.max_tiles = 6}), (Tiling{1, 6}));
  EXPECT_EQ(page_tiling(VisionMode::kGundam, {10, 5000}), (Tiling{1, 9}));
  EXPECT_EQ(choose_tiling({1000, 1000}, 640, {.min_tiles = 4, .max_tiles = 4}), (Tiling{2, 2}));
}

TEST(View, ScalesThePage) {
  const ViewScale tiny = page_scale(VisionMode::kTiny, kFoxPage);  // stretched
  EXPECT_DOUBLE_EQ(tiny.x, 512.0 / 857);
  EXPECT_DOUBLE_EQ(tiny.y, 512.0 / 1109);
  const ViewScale large = page_scale(VisionMode::kLarge, kFoxPage);  // padded
  EXPECT_DOUBLE_EQ(large.x, 1280.0 / 1109);
  EXPECT_DOUBLE_EQ(large.y, large.x);
  // 16 pixel font on a strip of 8,000 tokens.
  EXPECT_NEAR(16 * page_scale(VisionMode::kBase, {900, 6136}).y, 2.7, 0.05);
}

TEST(View, ScalesTiledPagesByTheirTiles) {
  const ViewScale tiles = page_scale(VisionMode::kGundam, kFoxPage);  // 2 x 3 tiles
  EXPECT_DOUBLE_EQ(tiles.x, 1280.0 / 857);
  EXPECT_DOUBLE_EQ(tiles.y, 1920.0 / 1109);
  EXPECT_DOUBLE_EQ(global_scale(VisionMode::kGundam, kFoxPage).y, 1024.0 / 1109);
  EXPECT_FALSE(tile_scale(VisionMode::kGundam, {600, 300}).has_value());
  EXPECT_DOUBLE_EQ(page_scale(VisionMode::kGundam, {600, 300}).x, 1024.0 / 600);
}

TEST(View, RefusesImpossiblePagesAndGrids) {
  EXPECT_THROW(page_tokens(VisionMode::kBase, {0, 10}), std::invalid_argument);
  EXPECT_THROW(page_scale(VisionMode::kBase, {10, -1}), std::invalid_argument);
  EXPECT_THROW(choose_tiling(kFoxPage, 640, {.min_tiles = 1}), std::invalid_argument);
  EXPECT_THROW(choose_tiling(kFoxPage, 640, {.max_tiles = 1}), std::invalid_argument);
  EXPECT_THROW(choose_tiling(kFoxPage, 0), std::invalid_argument);
  try {
    global_scale(VisionMode::kBase, {0, 10});
    FAIL() << "a page without width has a scale";
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(), "page size must be positive, got 0 x 10");
  }
}

TEST(View, SaysWhatAModeDoes) {
  EXPECT_EQ(mode_text(VisionMode::kTiny), "512x512, stretched: 64 vision tokens");
  EXPECT_EQ(mode_text(VisionMode::kBase), "1024x1024, padded: 256 vision tokens");
  EXPECT_EQ(mode_text(VisionMode::kGundam),
            "1024x1024, padded, and tiles of 640: vision tokens by page size");
  EXPECT_EQ(mode_text(VisionMode::kP192),
            "192x192, stretched: 9 vision tokens, not DeepSeek-OCR's");
  EXPECT_EQ(mode_choice(), "tiny, small, base, large, gundam, gundam_m, p128, p192, p256 or p320");
}

}  // namespace
}  // namespace dsocr::configs
