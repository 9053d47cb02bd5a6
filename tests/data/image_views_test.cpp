// Views of the official preprocessing; see tests/golden/preprocess and make_image_vectors.py.
#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "configs/sha256.h"
#include "data/error.h"
#include "data/image/decode.h"
#include "data/image/resize.h"
#include "data/image/views.h"
#include "tests/support/read_json.h"
#include "tests/support/thrown.h"

namespace dsocr::data {
namespace {

using nlohmann::json;

std::string sha256(const Image& image) {
  return configs::sha256_hex({reinterpret_cast<const char*>(image.rgb.data()), image.rgb.size()});
}

void expect_image(const Image& image, const json& golden) {
  EXPECT_EQ(image.width, golden.at("width"));
  EXPECT_EQ(image.height, golden.at("height"));
  EXPECT_EQ(sha256(image), golden.at(golden.contains("sha256") ? "sha256" : "sha256_rgb"));
}

void expect_images(const std::vector<Image>& images, const json& golden) {
  ASSERT_EQ(images.size(), golden.size());
  for (size_t i = 0; i < images.size(); ++i) expect_image(images[i], golden[i]);
}

configs::Tiling tiling(const json& columns_rows) {
  return {columns_rows.at(0), columns_rows.at(1)};
}

const json& golden() {
  static const json value = test::read_json(test::golden_dir() / "preprocess/preprocess.json");
  return value;
}

Image page(const std::string& name) {
  return read_image(test::golden_dir() / "preprocess" / (name + ".png"));
}

// A file of tensors: 8 bytes of header length, a JSON header, the data.
struct Tensors {
  json header;
  std::string data;

  explicit Tensors(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::uint64_t size = 0;
    in.read(reinterpret_cast<char*>(&size), sizeof size);
    std::string text(size, ' ');
    in.read(text.data(), static_cast<std::streamsize>(size));
    header = json::parse(text);
    data.assign(std::istreambuf_iterator<char>(in), {});
  }

  template <class Number>
  std::vector<Number> get(const std::string& name) const {
    const auto& offsets = header.at(name).at("data_offsets");
    const size_t begin = offsets.at(0);
    const size_t end = offsets.at(1);
    std::vector<Number> numbers((end - begin) / sizeof(Number));
    std::memcpy(numbers.data(), data.data() + begin, end - begin);
    return numbers;
  }
};

const Tensors& tensors() {
  static const Tensors value(test::golden_dir() / "preprocess/preprocess.safetensors");
  return value;
}

// Every step-th pixel of every step-th row.
std::vector<std::uint8_t> sampled(const Image& image, std::int64_t step) {
  std::vector<std::uint8_t> bytes;
  for (std::int64_t y = 0; y < image.height; y += step)
    for (std::int64_t x = 0; x < image.width; x += step) {
      const auto pixel = image.rgb.begin() + 3 * (y * image.width + x);
      bytes.insert(bytes.end(), pixel, pixel + 3);
    }
  return bytes;
}

TEST(Views, EqualTheOfficialOnesInEveryMode) {
  size_t num_modes = 0;
  for (const auto& [name, expected] : golden().at("images").items()) {
    SCOPED_TRACE(name);
    const Image input = page(name);
    expect_image(input, expected.at("input"));
    for (const auto& [mode, view] : expected.at("modes").items()) {
      SCOPED_TRACE(mode);
      const PageViews views = make_views(input, *configs::parse_mode(mode));
      EXPECT_EQ(views.page.width, input.width);
      EXPECT_EQ(views.page.height, input.height);
      EXPECT_EQ(views.tiling, tiling(view.at("ratio_w_h")));
      expect_image(views.global, view.at("global_view"));
      expect_images(views.tiles, view.at("tiles"));
      EXPECT_EQ(sampled(views.global, 32),
                tensors().get<std::uint8_t>(name + "." + mode + ".global_stride32"));
      ++num_modes;
    }
  }
  EXPECT_EQ(num_modes, 40u);
}

TEST(Views, EqualPillowInGundamM) {
  const json vectors = test::read_json(test::golden_dir() / "image/images.json").at("gundam_m");
  ASSERT_EQ(vectors.size(), 2u);
  for (const auto& [name, expected] : vectors.items()) {
    SCOPED_TRACE(name);
    const PageViews views = make_views(read_image(test::golden_dir() / "preprocess" / name),
                                       configs::VisionMode::kGundamM);
    EXPECT_EQ(views.tiling.columns, expected.at("columns"));
    EXPECT_EQ(views.tiling.rows, expected.at("rows"));
    expect_image(views.global, expected.at("global"));
    expect_images(views.tiles, expected.at("tiles"));
  }
}

TEST(Views, PartsEqualTheOfficialOnesAtOtherSizes) {
  const auto& small = golden().at("small");
  const std::int64_t tile = small.at("tile");
  const std::int64_t direct = small.at("direct");
  for (const auto& [name, expected] : golden().at("images").items()) {
    SCOPED_TRACE(name);
    const Image input = page(name);
    const configs::Tiling grid = configs::choose_tiling({input.width, input.height}, tile);
    EXPECT_EQ(grid, tiling(expected.at("small_ratio_w_h")));
    expect_images(cut_tiles(input, grid, tile), expected.at("small_tiles"));
    expect_image(pad_square(input, small.at("pad")), expected.at("small_pad"));
    expect_image(resize(input, direct, direct), expected.at("small_direct"));
  }
}

TEST(Views, FollowAGeometryOfTheCallers) {
  const Image input = page("land_333x121");
  const configs::ViewGeometry geometry{.base_size = 64, .tile_size = 96, .pads = false};
  EXPECT_EQ(make_views(input, geometry).global, resize(input, 64, 64));
  EXPECT_TRUE(make_views(input, geometry).tiles.empty());  // within 640 x 640

  const PageViews views =
      make_views(page("wide_701x90"), geometry, {.min_tiles = 2, .max_tiles = 4});
  EXPECT_EQ(views.tiling, (configs::Tiling{4, 1}));
  ASSERT_EQ(views.tiles.size(), 4u);
  EXPECT_EQ(views.tiles[3].width, 96);
}

TEST(Views, OffsetsAreRoundedHalfToEven) {
  const auto grey_rows = [](std::int64_t height) {
    const Image padded =
        pad_square({8, height, std::vector<std::uint8_t>(24 * static_cast<size_t>(height), 9)}, 8);
    size_t rows = 0;
    while (padded.rgb[rows * 24] == 127) ++rows;
    return rows;
  };
  EXPECT_EQ(grey_rows(5), 2u);  // 3 rows left: 1.5 above
  EXPECT_EQ(grey_rows(3), 2u);  // 5 rows left: 2.5 above
  EXPECT_EQ(grey_rows(6), 1u);
}

TEST(Views, RefuseAPageThatVanishes) {
  const Image line{3000, 1, std::vector<std::uint8_t>(9000)};
  const auto make = [&] { make_views(line, configs::VisionMode::kBase); };
  EXPECT_EQ(test::thrown_message(make),
            "the image is too long and thin: its shorter side of 1 pixels vanishes when the longer "
            "one of 3000 becomes 1024");
  try {
    make();
  } catch (const DataError& error) {
    EXPECT_TRUE(error.recoverable());
  }
  EXPECT_EQ(make_views(line, configs::VisionMode::kTiny).global.height, 512);
}

TEST(Normalise, EqualsTheOfficialTensors) {
  size_t num_tensors = 0;
  for (const auto& [name, info] : tensors().header.items()) {
    const size_t suffix = name.find(".small_pad.norm_f32");
    if (suffix == std::string::npos) continue;
    SCOPED_TRACE(name);
    const std::string image = name.substr(0, suffix);
    const auto expected = tensors().get<float>(name);
    std::vector<float> planes(expected.size());
    normalise(pad_square(page(image), golden().at("small").at("pad")), planes);
    EXPECT_EQ(planes, expected);

    std::vector<std::int32_t> bits;  // of bfloat16, rounded to nearest even
    for (const float value : planes) {
      const auto wide = std::bit_cast<std::uint32_t>(value);
      bits.push_back(static_cast<std::int32_t>((wide + 0x7FFF + ((wide >> 16) & 1)) >> 16));
    }
    EXPECT_EQ(bits, tensors().get<std::int32_t>(image + ".small_pad.norm_bf16_bits"));
    ++num_tensors;
  }
  EXPECT_GT(num_tensors, 0u);
}

TEST(Normalise, WantsExactlyTheRoomItNeeds) {
  std::vector<float> planes(11);
  EXPECT_EQ(test::thrown_message([&] {
              normalise({2, 2, std::vector<std::uint8_t>(12)}, planes);
            }),
            "expected room for 12 numbers, got 11");
}

}  // namespace
}  // namespace dsocr::data
