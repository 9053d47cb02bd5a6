#include "train/optimizer.h"

#include <gtest/gtest.h>

#include "configs/error.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tiny_model.h"

namespace dsocr::train {
namespace {

// Gradients that depend on the weights, so that a wrong step shows in the next.
void make_gradients(model::DeepseekOcrImpl& network, int round) {
  std::uint64_t seed = static_cast<std::uint64_t>(round) * 1000;
  for (torch::Tensor& weight : network.parameters()) {
    if (!weight.requires_grad()) continue;
    const torch::Tensor noise = test::random_tensor(weight.sizes(), ++seed) - 0.5;
    weight.mutable_grad() = (noise + 0.1 * weight.detach().to(torch::kFloat32)).to(weight.dtype());
  }
}

// libtorch's own AdamW, which decays every parameter of a group.
TEST(AdamW, TwentyStepsAreThoseOfPyTorch) {
  model::DeepseekOcr ours = test::tiny_model(), theirs = test::tiny_model();
  model::freeze(*ours, {});
  model::freeze(*theirs, {});
  OptimizerConfig config{.rate = 1e-2, .weight_decay = 0.1, .clip = 0};
  config.groups = {{.pattern = "*", .weight_decay = 0.1}};
  Group alone;
  AdamW optimizer(*ours, config, alone, false);
  torch::optim::AdamW reference(theirs->parameters(),
                                torch::optim::AdamWOptions(1e-2).weight_decay(0.1));
  for (int round = 0; round < 20; ++round) {
    const double share = 1 - round / 40.0;
    make_gradients(*ours, round);
    make_gradients(*theirs, round);
    optimizer.step(share);
    static_cast<torch::optim::AdamWOptions&>(reference.param_groups()[0].options())
        .lr(1e-2 * share);
    reference.step();
  }
  const auto expected = theirs->named_parameters();
  for (const auto& item : ours->named_parameters())
    EXPECT_LT(test::distance(item.value(), expected[item.key()]), 1e-5) << item.key();
}

TEST(AdamW, VectorsDoNotDecayAndGroupsHaveTheirOwnRate) {
  model::DeepseekOcr network = test::tiny_model();
  const std::vector<std::string> frozen{"model.sam_model.*"};
  model::freeze(*network, frozen);
  OptimizerConfig config{.rate = 0.1, .weight_decay = 0.5};
  config.groups = {{.pattern = "lm_head.*", .rate = 2},
                   {.pattern = "model.projector.*", .rate = 0}};
  Group alone;
  AdamW optimizer(*network, config, alone, false);
  std::map<std::string, torch::Tensor> before;
  for (const auto& item : network->named_parameters()) before[item.key()] = item.value().clone();
  optimizer.zero_gradients();
  optimizer.step(0.5);
  // Without gradients only the decay is left: 1 - rate * share * decay.
  for (const auto& [name, factor] : {std::pair{"lm_head.weight", 1 - 0.2 * 0.5 * 0.5},
                                     {"model.embed_tokens.weight", 1 - 0.1 * 0.5 * 0.5},
                                     {"model.projector.layers.weight", 1.0},
                                     {"model.norm.weight", 1.0},
                                     {"model.sam_model.pos_embed", 1.0}})
    EXPECT_LT(test::distance(test::parameter(network, name), before[name] * factor), 1e-6) << name;
  config.groups = {{.pattern = "model.nothing.*"}};
  EXPECT_THROW(AdamW(*network, config, alone, false), configs::ConfigError);
  const std::vector<std::string> all{"*"};
  model::freeze(*network, all);
  EXPECT_THROW(AdamW(*network, OptimizerConfig(), alone, false), configs::ConfigError);
}

TEST(AdamW, CutsGradientsToTheirNorm) {
  model::DeepseekOcr network = test::tiny_model();
  model::freeze(*network, {});
  Group alone;
  AdamW optimizer(*network, {.clip = 0.5}, alone, false);
  make_gradients(*network, 1);
  double squares = 0;
  for (const torch::Tensor& weight : optimizer.parameters())
    squares += weight.grad().to(torch::kFloat64).square().sum().item<double>();
  const GradientNorms norms = optimizer.clip_gradients();
  EXPECT_NEAR(norms.total, std::sqrt(squares), 1e-4);
  double of_parts = 0;
  for (const auto& [part, norm] : norms.parts) of_parts += norm * norm;
  EXPECT_NEAR(std::sqrt(of_parts), norms.total, 1e-9);
  EXPECT_TRUE(norms.parts.contains("routed experts") && norms.parts.contains("SAM"));
  EXPECT_NEAR(optimizer.clip_gradients().total, 0.5, 1e-5);
}

// In bfloat16 a step of 1e-4 of a weight is lost; the master keeps it.
TEST(AdamW, MastersKeepWhatBfloat16Loses) {
  model::DeepseekOcr network = test::tiny_model();
  for (torch::Tensor& weight : network->parameters()) weight.set_data(weight.to(torch::kBFloat16));
  model::freeze(*network, {});
  Group alone;
  AdamW optimizer(*network, {.rate = 1e-5, .weight_decay = 0, .clip = 0}, alone, false);
  const torch::Tensor before = test::parameter(network, "lm_head.weight").clone();
  for (int i = 0; i < 200; ++i) {
    optimizer.zero_gradients();
    torch::Tensor(test::parameter(network, "lm_head.weight")).mutable_grad().fill_(1);
    optimizer.step(1);
  }
  const torch::Tensor moved =
      before.to(torch::kFloat32) - test::parameter(network, "lm_head.weight").to(torch::kFloat32);
  EXPECT_NEAR(moved.mean().item<double>(), 2e-3, 1e-4);
}

TEST(AdamW, GoesOnFromItsState) {
  const test::TempDir dir;
  model::DeepseekOcr one = test::tiny_model();
  model::freeze(*one, {});
  Group alone;
  AdamW first(*one, {.rate = 1e-2}, alone, false);
  for (int i = 0; i < 3; ++i) {
    make_gradients(*one, i);
    first.step(1);
  }
  model::write_safetensors(dir.path() / "state.safetensors", first.state());
  model::save_model(*one, dir.path() / "model");
  model::DeepseekOcr two = model::load_model(dir.path() / "model");
  model::freeze(*two, {});
  AdamW second(*two, {.rate = 1e-2}, alone, false);
  second.set_state(model::SafetensorsFile(dir.path() / "state.safetensors"));
  for (int i = 3; i < 5; ++i) {
    make_gradients(*one, i);
    first.step(1);
    make_gradients(*two, i);
    second.step(1);
  }
  const auto expected = one->named_parameters();
  for (const auto& item : two->named_parameters())
    EXPECT_TRUE(torch::equal(item.value(), expected[item.key()])) << item.key();
}

}  // namespace
}  // namespace dsocr::train
