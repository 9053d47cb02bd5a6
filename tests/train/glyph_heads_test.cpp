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
  config.loss = {.patches = 1, .tokens = 1, .hidden = 32, .characters = "ab\xC3\xA9"};
  return config;
}

// Two glyphs a page; what stands at a place depends on the page alone.
TrainBatch with_glyphs(TrainBatch batch, std::int64_t first = 0) {
  const char* const texts[] = {"a", "b", "\xC3\xA9", "z"};
  for (std::int64_t row = 0; row < static_cast<std::int64_t>(batch.ids.size()); ++row)
    for (const std::int64_t place : {0, 1})
      batch.glyphs.push_back({row, texts[(row + first + place) % 4], place == 0 ? 0.3F : 0.36F,
                              place == 0 ? 0.1F : 0.95F});
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
  EXPECT_NEAR(first.vision_tokens.loss, std::log(4), 1);  // three characters and all others
  EXPECT_LT(last.vision_tokens.loss, 0.2 * first.vision_tokens.loss);
  EXPECT_LT(last.patches.loss, 0.2 * first.patches.loss);
  EXPECT_EQ(last.vision_tokens.accuracy, 1);
  EXPECT_TRUE(last.gradients.parts.contains("glyph heads"));
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
  for (const auto of : {&StepNumbers::patches, &StepNumbers::vision_tokens})
    EXPECT_NEAR((of_each[0].*of).loss, (of_each[1].*of).loss, 1e-5);
  EXPECT_NEAR(of_each[0].gradients.total, of_each[1].gradients.total,
              1e-4 * of_each[0].gradients.total);
}

TEST(GlyphHeads, WithoutTextTheDecoderStays) {
  TrainConfig encoder = config();
  encoder.loss.text = 0;
  encoder.freeze = {"model.layers.*", "model.norm.*", "model.embed_tokens.*", "lm_head.*"};
  Group alone;
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
  const std::vector<TrainBatch> blank{test::batch_of({3, 3})};
  EXPECT_EQ(trainer.step(blank, 1).num_glyphs, 0);
  encoder.loss.patches = encoder.loss.tokens = 0;
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
    return torch::equal(loaded->tokens->out->weight, heads->tokens->out->weight);
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
