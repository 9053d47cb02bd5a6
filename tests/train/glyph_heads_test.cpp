#include "train/glyph_heads.h"

#include <gtest/gtest.h>

#include <cmath>

#include "configs/error.h"
#include "model/error.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"
#include "tests/support/tiny_model.h"
#include "tests/train/tiny_batch.h"
#include "train/trainer.h"

namespace dsocr::train {
namespace {

TrainConfig config() {
  TrainConfig config{.steps = 10};
  config.optimizer = {.rate = 3e-3, .weight_decay = 0};
  config.schedule.kind = ScheduleKind::kConstant;
  config.loss = {.patches = 1,
                 .tokens = 1,
                 .codes = 1,
                 .places = 1,
                 .ahead = 1,
                 .spelling = 1,
                 .hidden = 32,
                 .code = 8,
                 .places_layer = 1,
                 .ahead_layer = 2,
                 .characters = "ab\xC3\xA9"};
  return config;
}

// Two glyphs a page, written by its first two ids; what stands at a place depends on the page
// alone.
TrainBatch with_glyphs(TrainBatch batch, std::int64_t first = 0) {
  const char* const texts[] = {"a", "b", "\xC3\xA9", "z"};
  for (std::int64_t row = 0; row < static_cast<std::int64_t>(batch.ids.size()); ++row)
    for (const std::int64_t place : {0, 1})
      batch.glyphs.push_back({row, texts[(row + first + place) % 4], place == 0 ? 0.3F : 0.36F,
                              place == 0 ? 0.1F : 0.95F});
  batch.places_N2 = torch::full({batch.num_labels, 2}, std::nan(""), torch::kFloat32);
  for (std::size_t i = 0; i < batch.glyphs.size(); ++i) {
    const TrainBatch::Glyph& glyph = batch.glyphs[i];
    const auto labels_before =
        batch.sequences.wanted_BT.narrow(0, 0, glyph.row).sum().item<std::int64_t>();
    const torch::Tensor place_2 = batch.places_N2[labels_before + static_cast<std::int64_t>(i % 2)];
    place_2.copy_(torch::tensor({glyph.x, glyph.y}));
    batch.first_glyphs.push_back(static_cast<std::int64_t>(i));
  }
  return batch;
}

TEST(GlyphHeads, LearnWhatStandsAtEachPlace) {
  Group alone;
  Trainer trainer(test::tiny_model(), config(), alone);
  const std::vector<TrainBatch> batches{with_glyphs(test::batch_of({3, 3, 3, 3}))};
  StepNumbers first, last;
  for (int step = 0; step < 60; ++step) {
    last = trainer.step(batches, step);
    if (step == 0) first = last;
  }
  EXPECT_EQ(first.num_glyphs, 8);
  EXPECT_EQ(first.num_places, 8);
  for (std::size_t head = 0; head < kHeadNames.size(); ++head) {
    EXPECT_LT(last.heads[head].loss, 0.2 * first.heads[head].loss) << kHeadNames[head];
    EXPECT_GT(last.heads[head].accuracy, 0.8) << kHeadNames[head];
  }
  EXPECT_NEAR(first.heads[1].loss, std::log(4), 1);  // three characters and all others
  EXPECT_TRUE(last.gradients.parts.contains("glyph heads"));
}

// Place (row, column) of a page's grid of patches is that part of the vision token above it.
TEST(GlyphHeads, ATokenGivesTheCodesOfItsPatchesInTheirPlaces) {
  constexpr std::int64_t kSize = 3, kCode = 2;
  LossConfig loss{.hidden = 4, .code = kCode, .characters = "a"};
  PlaceReader reader(kSize, kSize, loss, 2);
  const torch::NoGradGuard no_grad;
  for (torch::Tensor& parameter : reader->parameters())
    parameter.set_data(torch::zeros(parameter.sizes()));
  // The code of patch i of any token is (i, 10 i), but for the second token, whose norm is off.
  for (std::int64_t patch = 0; patch < 16; ++patch)
    for (std::int64_t k = 0; k < kCode; ++k)
      reader->of_token->bias[patch * kCode + k] = static_cast<double>(k == 0 ? patch : 10 * patch);
  reader->token_norm->weight.fill_(1);
  reader->of_token->weight.select(1, 0).fill_(100);
  torch::Tensor tokens = torch::zeros({2, 4, kSize});
  tokens[1][2] = torch::tensor({2.0, -1.0, -1.0});  // page 1, lower left
  const torch::Tensor codes = reader->codes_of_tokens(tokens);
  ASSERT_EQ(codes.sizes(), (std::vector<std::int64_t>{2, 8, 8, kCode}));
  for (std::int64_t y = 0; y < 8; ++y)
    for (std::int64_t x = 0; x < 8; ++x) {
      const double patch = static_cast<double>(4 * (y % 4) + x % 4);
      const bool marked = y >= 4 && x < 4;
      EXPECT_EQ(codes[0][y][x][1].item<double>(), 10 * patch);
      EXPECT_EQ(codes[1][y][x][1].item<double>() > 10 * patch + 100, marked) << y << " " << x;
    }
}

// From the patch below the centre of the next glyph on, in the direction in which the page is read;
// beyond the page there is nothing.
void expect_looks_ahead(bool to_the_left) {
  constexpr std::int64_t kSide = 8, kAhead = 4;
  model::DeepseekOcr network = test::tiny_model();
  const LossConfig loss{.ahead = 1, .code = 8, .ahead_layer = 1};
  GlyphHeads heads = add_glyph_heads(*network, loss, 1);
  TrainBatch batch = test::batch_of({3, 3});
  const float x = to_the_left ? 0.2F : 0.8F;
  batch.glyphs = {
      {0, "b", 0.5F, 0.5F}, {1, "a", x, 0.55F}, {1, "b", to_the_left ? 0.1F : 0.9F, 0.55F}};
  batch.places_N2 = torch::full({6, 2}, std::nan(""), torch::kFloat32);
  batch.places_N2[4] = torch::tensor({x, 0.55F});
  batch.first_glyphs = {1};
  const torch::NoGradGuard no_grad;
  GlyphHeadsImpl::Features features;
  features.patches_BCGG = {torch::randn({2, network->config.sam.neck_size, kSide, kSide})};
  features.tokens_BLD = {torch::zeros({2, 4, network->config.decoder.hidden_size})};
  features.ahead_BTD =
      torch::randn({2, batch.sequences.ids_BT.size(1), network->config.decoder.hidden_size});
  const torch::Tensor codes =
      heads->reader->codes_of_patches(features.patches_BCGG[0].permute({0, 2, 3, 1}));
  heads->ahead->out->weight.zero_();
  heads->ahead->out->bias.zero_();
  EXPECT_NEAR(heads->read(features, batch)[4].loss.item<double>(), 0.5, 1e-3);
  const torch::Tensor bias = heads->ahead->out->bias.view({kAhead, 8});
  for (std::int64_t patch = 0; patch < 2; ++patch)
    bias[patch].copy_(codes[1][4][to_the_left ? 1 - patch : 6 + patch]);
  const GlyphHeadsImpl::Reading reading = heads->read(features, batch)[4];
  EXPECT_NEAR(reading.loss.item<double>(), 0, 1e-6);
  EXPECT_NEAR(reading.right, 1, 1e-6);
}

TEST(GlyphHeads, LooksAheadFromTheNextGlyph) { expect_looks_ahead(false); }

TEST(GlyphHeads, LooksAheadToTheLeftWhereAPageIsReadSo) { expect_looks_ahead(true); }

// The glyphs of the page from that of the label on; after the last there is nothing to learn.
TEST(GlyphHeads, SpellTheNextGlyphsOfThePage) {
  model::DeepseekOcr network = test::tiny_model();
  const LossConfig loss{.spelling = 1, .characters = "ab"};
  GlyphHeads heads = add_glyph_heads(*network, loss, 1);
  TrainBatch batch = test::batch_of({3, 3});
  batch.glyphs = {
      {0, "b", 0.1F, 0.1F}, {0, "z", 0.2F, 0.1F}, {0, "a", 0.3F, 0.1F}, {1, "b", 0.1F, 0.1F}};
  batch.places_N2 = torch::full({6, 2}, std::nan(""), torch::kFloat32);
  batch.places_N2[1] = torch::tensor({0.2F, 0.1F});
  batch.first_glyphs = {1};
  const torch::NoGradGuard no_grad;
  GlyphHeadsImpl::Features features;
  features.tokens_BLD = {torch::zeros({2, 4, network->config.decoder.hidden_size})};
  features.end_BTD =
      torch::randn({2, batch.sequences.ids_BT.size(1), network->config.decoder.hidden_size});
  heads->speller->out->weight.zero_();
  heads->speller->out->bias.zero_();
  const torch::Tensor logits = heads->speller->out->bias.view({4, 3});
  logits[0][0] = logits[1][1] = logits[2][2] = 20;  // z, a, then what would be the next page's b
  const GlyphHeadsImpl::Reading reading = heads->read(features, batch)[5];
  EXPECT_NEAR(reading.loss.item<double>(), 0, 1e-6);
  EXPECT_EQ(reading.right, 1);
}

TEST(GlyphHeads, WhatNobodyIsSureOfIsNotLearnt) {
  model::DeepseekOcr network = test::tiny_model();
  const LossConfig loss{.patches = 1, .spelling = 1};
  GlyphHeads heads = add_glyph_heads(*network, loss, 1);
  TrainBatch batch = test::batch_of({3});
  batch.glyphs = {{0, "a", 0.1F, 0.1F}, {0, "b", 0.2F, 0.1F, /*learnt=*/false}};
  batch.places_N2 = torch::full({3, 2}, std::nan(""), torch::kFloat32);
  batch.places_N2[0] = torch::tensor({0.1F, 0.1F});
  batch.first_glyphs = {0};
  const torch::NoGradGuard no_grad;
  GlyphHeadsImpl::Features features;
  features.patches_BCGG = {torch::randn({1, network->config.sam.neck_size, 8, 8})};
  features.tokens_BLD = {torch::zeros({1, 4, network->config.decoder.hidden_size})};
  features.end_BTD =
      torch::randn({1, batch.sequences.ids_BT.size(1), network->config.decoder.hidden_size});
  const auto losses = [&](const std::string& second) {
    batch.glyphs[1].text = second;
    const auto readings = heads->read(features, batch);
    return std::pair(readings[0].loss.item<double>(), readings[5].loss.item<double>());
  };
  EXPECT_EQ(losses("b"), losses("z"));
  batch.glyphs[1].learnt = true;
  EXPECT_NE(losses("b").first, losses("z").first);
  EXPECT_NE(losses("b").second, losses("z").second);
}

TEST(GlyphHeads, AStepDoesNotDependOnHowItIsCut) {
  std::vector<StepNumbers> of_each;
  for (const bool cut : {false, true}) {
    Group alone;
    Trainer trainer(test::tiny_model(), config(), alone);
    std::vector<TrainBatch> batches;
    if (cut)
      batches = {with_glyphs(test::batch_of({5})), with_glyphs(test::batch_of({2, 7}, 1), 1)};
    else
      batches = {with_glyphs(test::batch_of({5, 2, 7}))};
    trainer.step(batches, 0);
    of_each.push_back(trainer.step(batches, 1));
  }
  for (std::size_t head = 0; head < kHeadNames.size(); ++head)
    EXPECT_NEAR(of_each[0].heads[head].loss, of_each[1].heads[head].loss, 1e-5);
  EXPECT_NEAR(of_each[0].gradients.total, of_each[1].gradients.total,
              1e-4 * of_each[0].gradients.total);
}

TEST(GlyphHeads, WithoutTextTheDecoderStays) {
  Group alone;
  TrainConfig encoder = config();
  encoder.loss.text = 0;
  EXPECT_THROW(Trainer(test::tiny_model(), encoder, alone), configs::ConfigError);  // no decoder
  encoder.loss.places = 0;
  EXPECT_THROW(Trainer(test::tiny_model(), encoder, alone), configs::ConfigError);
  encoder.loss.ahead = encoder.loss.spelling = 0;
  encoder.freeze = {"model.layers.*", "model.norm.*", "model.embed_tokens.*", "lm_head.*"};
  model::DeepseekOcr network = test::tiny_model();
  const torch::Tensor decoder = test::parameter(network, "lm_head.weight").clone();
  const torch::Tensor encoder_before =
      test::parameter(network, "model.sam_model.patch_embed.proj.weight").clone();
  Trainer trainer(network, encoder, alone);
  const std::vector<TrainBatch> batches{with_glyphs(test::batch_of({3, 3}))};
  const StepNumbers numbers = trainer.step(batches, 0);
  EXPECT_EQ(numbers.loss, 0);
  EXPECT_TRUE(numbers.expert_shares.empty());
  EXPECT_TRUE(torch::equal(test::parameter(network, "lm_head.weight"), decoder));
  EXPECT_FALSE(torch::equal(test::parameter(network, "model.sam_model.patch_embed.proj.weight"),
                            encoder_before));
  TrainBatch drawn = batches[0];
  drawn.first_glyphs.clear();
  drawn.places_N2.fill_(std::nan(""));
  Trainer other(test::tiny_model(), config(), alone);
  const std::vector<TrainBatch> unplaced{drawn};  // glyphs that no id of an answer writes
  EXPECT_TRUE(std::isfinite(other.step(unplaced, 0).gradients.total));
  const std::vector<TrainBatch> blank{test::batch_of({3, 3})};
  EXPECT_EQ(trainer.step(blank, 1).num_glyphs, 0);
  encoder.loss.patches = encoder.loss.tokens = encoder.loss.codes = 0;
  EXPECT_THROW(Trainer(test::tiny_model(), encoder, alone), configs::ConfigError);
}

TEST(GlyphHeads, AreKeptBesideTheWeights) {
  const test::TempDir dir;
  model::DeepseekOcr network = test::tiny_model();
  GlyphHeads heads = add_glyph_heads(*network, config().loss, 1);
  model::save_model(*network, dir.path());
  save_glyph_heads(heads, dir.path());
  model::DeepseekOcr other = model::load_model(dir.path());
  EXPECT_EQ(other->named_parameters().size() + heads->named_parameters().size(),
            network->named_parameters().size());
  GlyphHeads loaded = add_glyph_heads(*other, config().loss, 2);
  const auto equal = [&] {
    return torch::equal(loaded->reader->out->weight, heads->reader->out->weight);
  };
  EXPECT_FALSE(equal());
  load_glyph_heads(loaded, dir.path());
  EXPECT_TRUE(equal());

  LossConfig wider = config().loss;
  wider.hidden = 33;
  model::DeepseekOcr third = test::tiny_model();
  GlyphHeads unlike = add_glyph_heads(*third, wider, 1);
  EXPECT_THROW(load_glyph_heads(unlike, dir.path()), model::WeightsError);
  EXPECT_NO_THROW(load_glyph_heads(unlike, dir.path() / "none"));
  EXPECT_TRUE(add_glyph_heads(*third, LossConfig(), 1).is_empty());
}

}  // namespace
}  // namespace dsocr::train
