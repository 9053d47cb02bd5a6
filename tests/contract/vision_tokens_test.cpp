#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "configs/compose.h"
#include "configs/json_reader.h"
#include "configs/view.h"
#include "data/image/views.h"
#include "data/text/prompt.h"
#include "data/text/tokenizer.h"
#include "tests/support/read_json.h"
#include "tests/support/tiny_model.h"

// What data/ prepares is what model/ expects: they do not know each other.
namespace dsocr {
namespace {

using configs::VisionMode;

// The encoder's sizes do not change the number of its tokens, so one block of two channels will do.
model::DeepseekOcr smallest_network() {
  model::ModelConfig config = test::tiny_config();
  config.sam.num_layers = 1;
  config.sam.global_layers = {};
  config.sam.hidden_size = 2;
  config.sam.num_heads = 1;
  config.sam.intermediate_size = 2;
  config.clip.num_layers = 1;
  config.clip.intermediate_size = 2;
  return test::tiny_model(config);
}

data::Image grey_page(configs::PageSize size) {
  return {.width = size.width,
          .height = size.height,
          .rgb = std::vector<std::uint8_t>(static_cast<size_t>(size.width * size.height * 3), 200)};
}

torch::Tensor pixels(const data::Image& image) {
  return torch::tensor(image.rgb, torch::kUInt8)
      .view({image.height, image.width, 3})
      .permute({2, 0, 1});
}

model::PageInput page_input(const data::PageViews& views) {
  model::PageInput page{
      .global = pixels(views.global), .columns = views.tiling.columns, .rows = views.tiling.rows};
  std::vector<torch::Tensor> tiles;
  for (const data::Image& tile : views.tiles) tiles.push_back(pixels(tile));
  if (!tiles.empty()) page.tiles = torch::stack(tiles);
  return page;
}

struct Case {
  VisionMode mode;
  configs::PageSize size;
  std::int64_t tiles;
};

class VisionTokens : public testing::TestWithParam<Case> {};

TEST_P(VisionTokens, PlaceholdersAreTheEncodersRows) {
  const torch::NoGradGuard no_grad;
  const auto& [mode, size, tiles] = GetParam();
  model::DeepseekOcr network = smallest_network();
  const configs::TileLimits limits{.min_tiles = 2, .max_tiles = 9};
  const configs::PageTokens tokens = configs::page_tokens(mode, size, limits);
  const data::PageViews views = data::make_views(grey_page(size), mode, limits);
  EXPECT_EQ(views.tiling, tokens.tiling);
  EXPECT_EQ(static_cast<std::int64_t>(views.tiles.size()), tiles);
  EXPECT_EQ(network->encode_page(page_input(views)).size(0), tokens.placeholders);
}

INSTANTIATE_TEST_SUITE_P(
    Modes, VisionTokens,
    testing::Values(
        Case{VisionMode::kTiny, {300, 200}, 0}, Case{VisionMode::kTiny, {90, 900}, 0},
        Case{VisionMode::kSmall, {850, 1100}, 0}, Case{VisionMode::kSmall, {50, 50}, 0},
        Case{VisionMode::kBase, {850, 1100}, 0}, Case{VisionMode::kBase, {1500, 90}, 0},
        Case{VisionMode::kLarge, {600, 700}, 0}, Case{VisionMode::kGundam, {640, 640}, 0},
        Case{VisionMode::kGundam, {641, 320}, 2}, Case{VisionMode::kGundam, {500, 1000}, 2},
        Case{VisionMode::kGundam, {660, 990}, 6}, Case{VisionMode::kGundam, {180, 1700}, 9},
        Case{VisionMode::kGundamM, {300, 640}, 0}, Case{VisionMode::kGundamM, {1300, 650}, 2},
        Case{VisionMode::kP128, {300, 200}, 0}, Case{VisionMode::kP192, {192, 192}, 0},
        Case{VisionMode::kP256, {900, 700}, 0}, Case{VisionMode::kP320, {40, 90}, 0}),
    [](const auto& test) {
      return std::string(configs::mode_name(test.param.mode)) + "_" +
             std::to_string(test.param.size.width) + "x" + std::to_string(test.param.size.height);
    });

TEST(VisionTokens, StandInThePromptWhereTheNetworkLooksForThem) {
  const torch::NoGradGuard no_grad;
  const auto tokenizer = data::Tokenizer::load(data::default_tokenizer_file());
  const auto config = configs::read_config<model::ModelConfig>(configs::compose("model/full", {}));
  for (const configs::PageSize size : {configs::PageSize{400, 500}, {1000, 700}}) {
    const auto count =
        static_cast<size_t>(configs::page_tokens(VisionMode::kGundam, size).placeholders);
    const auto ids = data::encode_prompt(tokenizer, "<image>\nFree OCR.", {&count, 1});
    EXPECT_EQ(static_cast<size_t>(std::count(ids.begin(), ids.end(), config.image_token_id)),
              count);
    EXPECT_EQ(ids.front(), config.bos_token_id);
  }
}

TEST(Tokenizer, FitsThePresets) {
  const auto tokenizer = data::Tokenizer::load(data::default_tokenizer_file());
  for (const char* preset : {"model/full", "model/tiny"}) {
    const auto config = configs::read_config<model::ModelConfig>(configs::compose(preset, {}));
    EXPECT_LE(static_cast<std::int64_t>(tokenizer.vocab_size()), config.decoder.vocab_size);
    EXPECT_EQ(tokenizer.token_id(data::kImageToken), config.image_token_id);
    EXPECT_EQ(tokenizer.token_id(data::kBosToken), config.bos_token_id);
    EXPECT_EQ(tokenizer.token_id(data::kEosToken), config.eos_token_id);
    EXPECT_EQ(config.sam.patch_size, configs::kPatchSize);
  }
}

// Tokenizers of `dsocr data tokenizer train` give these tokens the same ids, whatever their size.
TEST(Tokenizer, OfASmallVocabularyFitsNano) {
  const auto tokenizer =
      data::Tokenizer::load(test::golden_dir() / "tokenizer/trained_tokenizer.json");
  const auto config = configs::read_config<model::ModelConfig>(configs::compose("model/nano", {}));
  EXPECT_EQ(tokenizer.token_id(data::kImageToken), config.image_token_id);
  EXPECT_EQ(tokenizer.token_id(data::kBosToken), config.bos_token_id);
  EXPECT_EQ(tokenizer.token_id(data::kEosToken), config.eos_token_id);
  EXPECT_EQ(config.sam.patch_size, configs::kPatchSize);
}

// Both normalise, data/ for training from files, model/ on the device.
TEST(Normalise, DataAndModelAgreeOnEveryByte) {
  data::Image image{.width = 16, .height = 16};
  for (int i = 0; i < 256; ++i)
    for (const int value : {i, 255 - i, i * 7 % 256})
      image.rgb.push_back(static_cast<std::uint8_t>(value));
  torch::Tensor planes = torch::empty({3, 16, 16});
  data::normalise(image, {planes.data_ptr<float>(), 768});
  EXPECT_TRUE(torch::equal(model::normalise(pixels(image), torch::kFloat32), planes));
}

}  // namespace
}  // namespace dsocr
