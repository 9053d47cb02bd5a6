#include "train/batch.h"

#include <gtest/gtest.h>

#include "train/schedule.h"

namespace dsocr::train {
namespace {

data::LoadedPage page(const std::string& id, std::vector<std::int32_t> prompt,
                      std::vector<std::int32_t> answer) {
  data::LoadedPage page{.ref = {}, .id = id, .views = {}, .prompt = {}, .answer = {}};
  page.views.global = {2, 2, std::vector<std::uint8_t>(12, 9)};
  page.prompt = std::move(prompt);
  page.answer = std::move(answer);
  return page;
}

std::vector<std::int64_t> values(const torch::Tensor& tensor) {
  return {tensor.data_ptr<std::int64_t>(), tensor.data_ptr<std::int64_t>() + tensor.numel()};
}

TEST(Batch, LabelsAreTheAnswersAlone) {
  const std::vector<data::LoadedPage> pages{page("a", {0, 7, 8}, {5, 1}),
                                            page("b", {0}, {4, 3, 1, 9, 9})};
  const TrainBatch batch = make_batch(pages);
  ASSERT_EQ(batch.sequences.ids_BT.sizes(), (std::vector<std::int64_t>{2, 16}));
  const auto first_six = [](const torch::Tensor& rows_BT) {
    EXPECT_FALSE(rows_BT.narrow(1, 6, 10).ne(rows_BT[0][15]).any().item<bool>());
    return values(rows_BT.narrow(1, 0, 6).to(torch::kInt64).flatten());
  };
  EXPECT_EQ(first_six(batch.sequences.ids_BT),
            (std::vector<std::int64_t>{0, 7, 8, 5, 1, 2, 0, 4, 3, 1, 9, 9}));
  EXPECT_EQ(values(batch.labels_N), (std::vector<std::int64_t>{5, 1, 4, 3, 1, 9, 9}));
  EXPECT_EQ(first_six(batch.sequences.wanted_BT),
            (std::vector<std::int64_t>{0, 0, 1, 1, 0, 0, 1, 1, 1, 1, 1, 0}));
  EXPECT_EQ(batch.sequences.mask_BT.sum(1)[0].item<std::int64_t>(), 5);
  EXPECT_EQ(batch.sequences.mask_BT.sum(1)[1].item<std::int64_t>(), 6);
  EXPECT_EQ(batch.num_labels, 7);
  EXPECT_EQ(batch.num_tokens, 11);
  EXPECT_EQ(batch.sequences.prompt_tokens, (std::vector<std::int64_t>{3, 1}));
  ASSERT_EQ(batch.sequences.pages.size(), 2u);
  EXPECT_EQ(batch.sequences.pages[0][0].global.sizes(), (std::vector<std::int64_t>{3, 2, 2}));
}

TEST(Batch, PlacesAreThoseOfTheGlyphsThatIdsWrite) {
  std::vector<data::LoadedPage> pages{page("a", {0}, {5, 1}), page("b", {0}, {4, 3, 1})};
  EXPECT_FALSE(make_batch(pages).places_N2.defined());
  pages[1].glyphs = {{"x", 0.25F, 0.5F}, {"y", 0.75F, 1}};
  pages[1].glyph_of_answer = {1, std::nullopt, std::nullopt};
  const TrainBatch batch = make_batch(pages);
  EXPECT_EQ(batch.first_glyphs, (std::vector<std::int64_t>{1}));
  ASSERT_EQ(batch.places_N2.sizes(), (std::vector<std::int64_t>{5, 2}));
  EXPECT_EQ(batch.places_N2.isnan().sum().item<std::int64_t>(), 8);
  EXPECT_EQ(batch.places_N2[2][0].item<float>(), 0.75F);
  EXPECT_EQ(batch.places_N2[2][1].item<float>(), 1.0F);
}

TEST(Batch, IdsThatAreNotLearntAreNoLabels) {
  std::vector<data::LoadedPage> pages{page("a", {0, 7}, {5, 6, 4, 1})};
  pages[0].learnt = {true, false, false, true};
  pages[0].glyphs = {{"x", 0.25F, 0.5F}};
  pages[0].glyph_of_answer = {std::nullopt, 0, std::nullopt, std::nullopt};
  const TrainBatch batch = make_batch(pages);
  EXPECT_EQ(values(batch.labels_N), (std::vector<std::int64_t>{5, 1}));
  EXPECT_EQ(batch.num_labels, 2);
  EXPECT_EQ(values(batch.sequences.wanted_BT[0].narrow(0, 0, 6).to(torch::kInt64)),
            (std::vector<std::int64_t>{0, 1, 0, 0, 1, 0}));
  EXPECT_EQ(values(batch.sequences.ids_BT[0].narrow(0, 0, 6)),
            (std::vector<std::int64_t>{0, 7, 5, 6, 4, 1}));
  EXPECT_TRUE(batch.first_glyphs.empty());
  EXPECT_EQ(batch.places_N2.size(0), 2);
}

TEST(Schedule, RisesAndFallsAsItsKindSays) {
  ScheduleConfig schedule{.kind = ScheduleKind::kLinear, .warmup = 4, .end = 0.1};
  EXPECT_DOUBLE_EQ(rate_share(schedule, 0, 104), 0.25);
  EXPECT_DOUBLE_EQ(rate_share(schedule, 3, 104), 1);
  EXPECT_DOUBLE_EQ(rate_share(schedule, 4, 104), 1);
  EXPECT_DOUBLE_EQ(rate_share(schedule, 103, 104), 0.1);
  schedule.kind = ScheduleKind::kCosine;
  EXPECT_DOUBLE_EQ(rate_share(schedule, 4, 105), 1);
  EXPECT_DOUBLE_EQ(rate_share(schedule, 54, 105), 0.55);
  EXPECT_DOUBLE_EQ(rate_share(schedule, 104, 105), 0.1);
  schedule.length = 105;  // of a run that ends earlier
  EXPECT_DOUBLE_EQ(rate_share(schedule, 54, 60), 0.55);
  schedule = {.kind = ScheduleKind::kStep, .every = 10, .factor = 0.5};
  EXPECT_DOUBLE_EQ(rate_share(schedule, 9, 100), 1);
  EXPECT_DOUBLE_EQ(rate_share(schedule, 25, 100), 0.25);
  schedule.kind = ScheduleKind::kConstant;
  EXPECT_DOUBLE_EQ(rate_share(schedule, 99, 100), 1);
}

}  // namespace
}  // namespace dsocr::train
