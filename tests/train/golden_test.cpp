#include <gtest/gtest.h>

#include "model/verify/compare.h"
#include "tests/support/read_json.h"
#include "tests/support/tiny_model.h"
#include "train/trainer.h"

namespace dsocr::train {
namespace {

constexpr double kRate = 1e-4, kDecay = 0.1, kClip = 1;
constexpr int kSteps = 20;

// The sequence of the golden step `train_all`: a tiled page, a prompt, 13 labels.
struct GoldenStep {
  torch::Tensor ids_1T, labels_1T;
  std::vector<model::PageInput> pages;
};

GoldenStep golden_step() {
  const auto folder = test::golden_dir() / "model";
  const auto step = test::read_json(folder / "expected.json").at("train_all");
  const auto row = [&](const char* key) {
    return torch::tensor(step.at(key).get<std::vector<std::int64_t>>(), torch::kInt64).unsqueeze(0);
  };
  return {row("input_ids"), row("labels"),
          model::case_pages(model::SafetensorsFile(folder / "tiled.safetensors"))};
}

model::DeepseekOcr golden_model() {
  model::DeepseekOcr network = model::load_model(test::golden_dir() / "model");
  model::freeze(*network, {});
  network->train();
  return network;
}

// A bias of the keys moves all scores of a query alike: its gradient is nothing but rounding, of
// which AdamW makes steps of any direction.
torch::Tensor learnt(const std::string& name, const torch::Tensor& weight) {
  if (!name.ends_with("qkv.bias") && !name.ends_with("qkv_proj.bias")) return weight;
  const auto parts = weight.chunk(3);
  return torch::cat({parts[0], parts[2]});
}

TrainBatch batch_of(const GoldenStep& step) {
  const std::int64_t last = step.ids_1T.size(1) - 1;
  const torch::Tensor next_1T = step.labels_1T.narrow(1, 1, last);
  const torch::Tensor learnt_1T = next_1T != -100;
  TrainBatch batch;
  batch.sequences.ids_BT = step.ids_1T;
  batch.sequences.wanted_BT =
      torch::cat({learnt_1T, torch::zeros({1, 1}, torch::kBool)}, /*dim=*/1);
  batch.sequences.pages = {step.pages};
  batch.labels_N = next_1T.masked_select(learnt_1T);
  batch.num_labels = batch.labels_N.numel();
  batch.num_tokens = step.ids_1T.numel();
  batch.ids = {"golden"};
  return batch;
}

// The whole trainer beside what PyTorch's own parts do with the same network: logits of all
// positions, cross entropy that ignores -100, clip_grad_norm_ and AdamW.
TEST(GoldenTraining, TwentyStepsAreThoseOfPyTorch) {
  const GoldenStep golden = golden_step();
  TrainConfig config{.steps = kSteps};
  config.optimizer = {.rate = kRate, .weight_decay = kDecay, .clip = kClip};
  config.optimizer.groups = {{.pattern = "*", .weight_decay = kDecay}};
  config.schedule.kind = ScheduleKind::kConstant;
  Group alone;
  Trainer ours(golden_model(), config, alone);
  const std::vector<TrainBatch> batches{batch_of(golden)};

  model::DeepseekOcr theirs = golden_model();
  torch::optim::AdamW reference(theirs->parameters(),
                                torch::optim::AdamWOptions(kRate).weight_decay(kDecay));
  const std::int64_t last = golden.ids_1T.size(1) - 1;
  double first = 0, latest = 0;
  for (int step = 0; step < kSteps; ++step) {
    reference.zero_grad();
    const auto result = theirs->forward({.ids_BT = golden.ids_1T, .pages = {golden.pages}});
    const torch::Tensor loss = torch::nn::functional::cross_entropy(
        result.logits_BTV[0].narrow(0, 0, last), golden.labels_1T[0].narrow(0, 1, last),
        torch::nn::functional::CrossEntropyFuncOptions().ignore_index(-100));
    torch::Tensor total = loss;
    for (const torch::Tensor& aux : result.aux_losses) total = total + aux;
    total.backward();
    torch::nn::utils::clip_grad_norm_(theirs->parameters(), kClip);
    reference.step();
    latest = ours.step(batches, step).loss;
    if (step == 0) first = latest;
    EXPECT_NEAR(latest, loss.item<double>(), 1e-5 * first) << step;
  }
  EXPECT_NEAR(first, 7.893216609954834, 1e-5);
  EXPECT_LT(latest, 0.5 * first);
  const auto expected = theirs->named_parameters();
  for (const auto& item : ours.network().named_parameters())
    EXPECT_LT(
        test::distance(learnt(item.key(), item.value()), learnt(item.key(), expected[item.key()])),
        1e-5)
        << item.key();
}

}  // namespace
}  // namespace dsocr::train
