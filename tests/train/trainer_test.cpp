#include "train/trainer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numeric>

#include "configs/error.h"
#include "tests/support/thrown.h"
#include "tests/support/tiny_model.h"
#include "tests/train/tiny_batch.h"

namespace dsocr::train {
namespace {

using test::batch_of;

TrainConfig config() {
  TrainConfig config{.steps = 10};
  config.optimizer.rate = 1e-3;
  config.schedule.kind = ScheduleKind::kConstant;
  return config;
}

std::vector<StepNumbers> train(const std::vector<std::vector<std::size_t>>& cuts, int steps,
                               const TrainConfig& config = train::config()) {
  Group alone;
  Trainer trainer(test::tiny_model(), config, alone);
  std::vector<StepNumbers> all;
  for (int step = 0; step < steps; ++step) {
    std::vector<TrainBatch> batches;
    std::uint64_t first = 0;
    for (const std::vector<std::size_t>& lengths : cuts) {
      batches.push_back(batch_of(lengths, first));
      first += lengths.size();
    }
    all.push_back(trainer.step(batches, step));
  }
  return all;
}

TEST(Trainer, AStepDoesNotDependOnHowItIsCut) {
  const auto whole = train({{5, 9, 2, 7}}, 4);
  for (const auto& cuts : {std::vector<std::vector<std::size_t>>{{5, 9}, {2, 7}},
                           std::vector<std::vector<std::size_t>>{{5}, {9, 2, 7}}}) {
    const auto cut = train(cuts, 4);
    for (std::size_t i = 0; i < whole.size(); ++i) {
      EXPECT_NEAR(cut[i].loss, whole[i].loss, 2e-6 * whole[i].loss) << i;
      EXPECT_NEAR(cut[i].aux_loss, whole[i].aux_loss, 1e-6) << i;
      EXPECT_NEAR(cut[i].gradients.total, whole[i].gradients.total, 1e-4 * whole[i].gradients.total)
          << i;
      EXPECT_EQ(cut[i].num_labels, 23);
    }
  }
}

TEST(Trainer, LearnsAPage) {
  const auto numbers = train({{8}}, 60);
  EXPECT_LT(numbers.back().loss, 0.3 * numbers.front().loss);
}

TEST(Trainer, TwoRunsAreEqual) {
  const auto one = train({{8, 3}}, 5), two = train({{8, 3}}, 5);
  for (std::size_t i = 0; i < one.size(); ++i) EXPECT_EQ(one[i].loss, two[i].loss);
}

TEST(Trainer, CountsWhichExpertsAreChosen) {
  const StepNumbers numbers = train({{5, 9}, {4}}, 1)[0];
  ASSERT_EQ(numbers.expert_shares.size(), 2u);  // of three layers the first is dense
  for (const std::vector<double>& shares : numbers.expert_shares) {
    EXPECT_EQ(shares.size(), 6u);
    EXPECT_NEAR(std::accumulate(shares.begin(), shares.end(), 0.0), 1, 1e-12);
    // 42 tokens, of which each chooses two.
    for (const double share : shares) EXPECT_NEAR(share * 84, std::round(share * 84), 1e-9);
  }
}

TEST(Trainer, RecomputingGivesTheSameSteps) {
  TrainConfig recomputing = config();
  recomputing.recompute = true;
  const auto plain = train({{8, 3}, {5}}, 4), again = train({{8, 3}, {5}}, 4, recomputing);
  for (std::size_t i = 0; i < plain.size(); ++i) {
    EXPECT_NEAR(again[i].loss, plain[i].loss, 1e-6 * plain[i].loss) << i;
    EXPECT_NEAR(again[i].gradients.total, plain[i].gradients.total, 1e-5 * plain[i].gradients.total)
        << i;
    EXPECT_EQ(again[i].expert_shares, plain[i].expert_shares) << i;
  }
}

TEST(Trainer, AdaptersLearnWhileTheWeightsStay) {
  TrainConfig lora = config();
  lora.lora = {.rank = 4, .alpha = 8, .dropout = 0.1, .targets = {"q_proj", "v_proj", "down_proj"}};
  lora.optimizer.rate = 1e-2;
  Group alone;
  model::DeepseekOcr network = test::tiny_model();
  std::map<std::string, torch::Tensor> before;
  for (const auto& item : network->named_parameters()) before[item.key()] = item.value().clone();
  for (const bool recompute : {false, true}) {
    lora.recompute = recompute;
    const auto numbers = train({{8}, {4}}, 40, lora);
    EXPECT_LT(numbers.back().loss, 0.8 * numbers.front().loss);
    EXPECT_EQ(numbers.back().gradients.parts.size(), 1u);
    EXPECT_EQ(numbers.back().loss, train({{8}, {4}}, 40, lora).back().loss);
  }
  Trainer trainer(network, lora, alone);
  const std::vector<TrainBatch> batches{batch_of({6})};
  for (int step = 0; step < 3; ++step) trainer.step(batches, step);
  for (const auto& [name, weight] : before)
    EXPECT_TRUE(torch::equal(test::parameter(network, name), weight)) << name;
  lora.lora.rank = 0;
  EXPECT_THROW(Trainer(network, lora, alone), configs::ConfigError);
  lora.lora.rank = 4;
  lora.freeze = {"lm_head.*"};
  EXPECT_THROW(Trainer(test::tiny_model(), lora, alone), configs::ConfigError);
}

TEST(Trainer, NamesThePagesOfALossThatIsNone) {
  model::DeepseekOcr network = test::tiny_model();
  {
    const torch::NoGradGuard no_grad;
    network->lm_head->weight[3][3] = NAN;
  }
  Group alone;
  Trainer trainer(network, config(), alone);
  const std::vector<TrainBatch> batches{batch_of({4, 2}, 7)};
  EXPECT_EQ(test::thrown_message([&] { trainer.step(batches, 12); }),
            "step 12: the loss is not finite; pages: page-7, page-8");
}

}  // namespace
}  // namespace dsocr::train
