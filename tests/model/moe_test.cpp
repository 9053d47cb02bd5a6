#include "model/moe.h"

#include <gtest/gtest.h>

#include "model/kernels/small_linear.h"
#include "tests/support/tiny_model.h"

namespace dsocr::model {
namespace {

DecoderConfig moe_config() {
  DecoderConfig config = test::tiny_config().decoder;
  config.hidden_size = 24;
  config.num_experts = 7;
  config.num_experts_per_token = 3;
  config.expert_size = 10;
  return config;
}

// With weights of both signs, large enough that experts differ.
std::shared_ptr<MoeImpl> make_moe(const DecoderConfig& config) {
  auto moe = std::make_shared<MoeImpl>(config);
  std::uint64_t seed = 0;
  for (auto& item : moe->named_parameters())
    item.value().set_data(test::random_tensor(item.value().sizes(), ++seed).sub(0.5));
  moe->eval();
  return moe;
}

torch::Tensor input(std::int64_t sequences, std::int64_t tokens) {
  return test::random_tensor({sequences, tokens, 24}, 99).sub(0.5).mul(2);
}

torch::Tensor gated(const MoeImpl& moe, const std::string& name, const torch::Tensor& x) {
  const auto parameters = moe.named_parameters();
  const auto weight = [&](const char* part) { return parameters[name + "." + part + ".weight"]; };
  const torch::Tensor gate = weight("gate_proj").matmul(x);
  return weight("down_proj").matmul(gate * torch::sigmoid(gate) * weight("up_proj").matmul(x));
}

// Probabilities [N, E] of the router.
torch::Tensor probabilities(const MoeImpl& moe, const torch::Tensor& x_BTD) {
  return torch::softmax(x_BTD.flatten(0, 1).matmul(moe.named_parameters()["gate.weight"].t()), -1);
}

// Token by token and expert by expert, from the specification.
torch::Tensor naive(const MoeImpl& moe, const DecoderConfig& config, const torch::Tensor& x_BTD) {
  const torch::Tensor p = probabilities(moe, x_BTD);
  std::vector<torch::Tensor> rows;
  for (std::int64_t token = 0; token < p.size(0); ++token) {
    const torch::Tensor x = x_BTD.flatten(0, 1)[token];
    std::vector<std::pair<float, std::int64_t>> ranked;
    for (std::int64_t expert = 0; expert < config.num_experts; ++expert)
      ranked.emplace_back(-p[token][expert].item<float>(), expert);
    std::sort(ranked.begin(), ranked.end());
    ranked.resize(static_cast<size_t>(config.num_experts_per_token));
    float sum = 0;
    for (const auto& [weight, expert] : ranked) sum -= weight;
    torch::Tensor y = torch::zeros_like(x);
    for (const auto& [weight, expert] : ranked)
      y += -weight / (config.norm_topk_prob ? sum : 1.0f) *
           static_cast<float>(config.routed_scaling_factor) *
           gated(moe, "experts." + std::to_string(expert), x);
    if (config.num_shared_experts > 0) y += gated(moe, "shared_experts", x);
    rows.push_back(y);
  }
  return torch::stack(rows).view_as(x_BTD);
}

TEST(Moe, EqualsALoopOverTokens) {
  const torch::NoGradGuard no_grad;
  DecoderConfig config = moe_config();
  DecoderConfig normed = config, scaled = config, bare = config, one = config, all = config;
  normed.norm_topk_prob = true;
  scaled.routed_scaling_factor = 2.5;
  scaled.norm_topk_prob = true;
  bare.num_shared_experts = 0;
  one.num_experts_per_token = 1;
  all.num_experts_per_token = 7;
  for (const DecoderConfig& variant : {config, normed, scaled, bare, one, all}) {
    const auto moe = make_moe(variant);
    for (const auto& [sequences, tokens] :
         std::vector<std::pair<std::int64_t, std::int64_t>>{{1, 1}, {1, 2}, {2, 1}, {2, 23}}) {
      const torch::Tensor x = input(sequences, tokens);
      EXPECT_LT(test::distance(moe->forward(x, {}).x_BTD, naive(*moe, variant, x)), 2e-6)
          << sequences << " x " << tokens;
    }
  }
}

// Up to kSmallLinearRows rows of float32 go through one kernel, more through one product per
// expert.
TEST(Moe, FewRowsAreRowsOfMany) {
  const torch::NoGradGuard no_grad;
  for (const torch::ScalarType dtype : {torch::kFloat32, torch::kBFloat16})
    for (const std::int64_t shared : {0, 2}) {
      DecoderConfig config = moe_config();
      config.num_shared_experts = shared;
      auto moe = make_moe(config);
      moe->to(dtype);
      const torch::Tensor x = input(1, 3 * kSmallLinearRows).to(dtype);
      const torch::Tensor many = moe->forward(x, {}).x_BTD;
      const torch::Tensor few =
          moe->forward(x.narrow(1, kSmallLinearRows, kSmallLinearRows), {}).x_BTD;
      // Sums in another order: a unit or two in the last place of intermediate values.
      EXPECT_LT(test::distance(few, many.narrow(1, kSmallLinearRows, kSmallLinearRows)),
                dtype == torch::kFloat32 ? 1e-5 : 0.1)
          << dtype << ", " << shared << " shared experts";
      for (std::int64_t row = 0; row < kSmallLinearRows; ++row)
        EXPECT_TRUE(torch::equal(moe->forward(x.narrow(1, kSmallLinearRows + row, 1), {}).x_BTD,
                                 few.narrow(1, row, 1)))
            << dtype << ", row " << row;
    }
}

TEST(Moe, WithOneExpertPerTokenItsProbabilityIsKept) {
  // As in the original, norm_topk_prob is for two and more.
  const torch::NoGradGuard no_grad;
  DecoderConfig config = moe_config();
  config.num_experts_per_token = 1;
  const auto plain = make_moe(config);
  config.norm_topk_prob = true;
  EXPECT_TRUE(torch::equal(make_moe(config)->forward(input(1, 5), {}).x_BTD,
                           plain->forward(input(1, 5), {}).x_BTD));
}

TEST(Moe, TrainingGivesTheSameOutputAndGradients) {
  const DecoderConfig config = moe_config();
  const auto moe = make_moe(config);
  const torch::Tensor x = input(2, 9);
  const torch::Tensor weights = test::random_tensor(x.sizes(), 5);
  const auto gradients = [&](const torch::Tensor& y) {
    moe->zero_grad();
    (y * weights).sum().backward();
    std::vector<torch::Tensor> all;
    for (const torch::Tensor& parameter : moe->parameters())
      all.push_back(parameter.grad().defined() ? parameter.grad().clone()
                                               : torch::zeros_like(parameter));
    return all;
  };
  moe->train();
  const torch::Tensor trained = moe->forward(x, {}).x_BTD;
  const auto ours = gradients(trained);
  moe->eval();
  const torch::Tensor expected = naive(*moe, config, x);
  EXPECT_LT(test::distance(trained, expected), 2e-6);
  // The loop takes the router's weights as numbers: all but its gradient must agree.
  const auto theirs = gradients(expected);
  const auto names = moe->named_parameters().keys();
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] == "gate.weight")
      EXPECT_GT(ours[i].abs().max().item<double>(), 1e-3);
    else
      EXPECT_LT(test::distance(ours[i], theirs[i]), 1e-5) << names[i];
  }
}

// Every token chooses the experts 0, 1 and 2.
TEST(Moe, IdleExpertsHaveZeroGradientsInTraining) {
  const auto moe = make_moe(moe_config());
  const torch::Tensor x = input(1, 12).abs();
  const torch::Tensor ranks = 7 - torch::arange(7, torch::kFloat32);
  moe->gate->weight.set_data(ranks.unsqueeze(1).expand({7, 24}).contiguous() / 20);
  moe->train();
  moe->forward(x, {}).x_BTD.sum().backward();
  for (const auto& item : moe->named_parameters()) {
    ASSERT_TRUE(item.value().grad().defined()) << item.key();
    const bool idle = item.key().starts_with("experts.") && item.key()[8] > '2';
    EXPECT_EQ(item.value().grad().abs().max().item<float>() == 0, idle) << item.key();
  }
}

TEST(Moe, BalancingLossIsTheFormula) {
  DecoderConfig config = moe_config();
  config.aux_loss_alpha = 0.02;
  const auto moe = make_moe(config);
  const std::int64_t sequences = 3, tokens = 5;
  const torch::Tensor x = input(sequences, tokens);
  EXPECT_FALSE(moe->forward(x, {}).aux_loss.defined()) << "only in training";
  moe->train();
  const torch::Tensor ours = moe->forward(x, {}).aux_loss;
  EXPECT_EQ(ours.scalar_type(), torch::kFloat32);

  // alpha * mean_s sum_e f[s, e] P[s, e], f = E / (K T) * how often, P = mean probability.
  const torch::Tensor p = probabilities(*moe, x).view({sequences, tokens, -1});
  torch::Tensor expected = torch::zeros({});
  for (std::int64_t s = 0; s < sequences; ++s) {
    std::vector<double> times(7);
    for (std::int64_t t = 0; t < tokens; ++t) {
      const torch::Tensor chosen = std::get<1>(p[s][t].topk(3));
      for (std::int64_t k = 0; k < 3; ++k)
        times[static_cast<size_t>(chosen[k].item<std::int64_t>())] += 1;
    }
    for (std::int64_t e = 0; e < 7; ++e)
      expected = expected + 7.0 / (3.0 * tokens) * times[static_cast<size_t>(e)] * p[s].mean(0)[e];
  }
  expected = 0.02 * expected / sequences;
  EXPECT_NEAR(ours.item<double>(), expected.item<double>(), 1e-7);

  // Its gradient is that of the probabilities alone, and reaches the router only.
  ours.backward();
  const torch::Tensor gradient = moe->gate->weight.grad().clone();
  EXPECT_FALSE(moe->named_parameters()["experts.0.up_proj.weight"].grad().defined());
  moe->zero_grad();
  expected.backward();
  EXPECT_LT(test::distance(gradient, moe->gate->weight.grad()), 1e-8);
  EXPECT_GT(gradient.abs().max().item<double>(), 1e-6);
}

TEST(Moe, RoutesInFloat32) {
  const torch::NoGradGuard no_grad;
  const auto moe = make_moe(moe_config());
  // Two experts that bfloat16 products could not tell apart.
  moe->gate->weight.set_data(torch::zeros({7, 24}));
  moe->gate->weight[5].fill_(1.0);
  moe->gate->weight[3].fill_(1.0 + 1.0 / 128);
  moe->gate->weight[3][0] = 1.0;
  moe->to(torch::kBFloat16);
  torch::Tensor x = torch::zeros({1, 24}, torch::kBFloat16);
  x[0][0] = 256;
  x[0][1] = 0.125;
  const RouterImpl::Result route = moe->gate(x);
  EXPECT_EQ(route.probabilities_NE.scalar_type(), torch::kFloat32);
  EXPECT_EQ(route.experts_NK[0][0].item<std::int64_t>(), 3);
  EXPECT_EQ(moe->forward(x.unsqueeze(0), {}).x_BTD.scalar_type(), torch::kBFloat16);
}

TEST(Moe, JoiningTheExpertsKeepsNamesAndResults) {
  const torch::NoGradGuard no_grad;
  const auto moe = make_moe(moe_config()), joined = make_moe(moe_config());
  joined->join_experts();
  const torch::Tensor x = input(2, 40);
  EXPECT_TRUE(joined->forward(x, {}).x_BTD.equal(moe->forward(x, {}).x_BTD));
  const auto before = moe->named_parameters(), after = joined->named_parameters();
  ASSERT_EQ(after.keys(), before.keys());
  for (const auto& item : before) EXPECT_TRUE(after[item.key()].equal(item.value())) << item.key();
  // Side by side: one expert's up rows follow its gate rows, the next expert's gate rows those.
  const auto at = [&](const char* name) { return after[name].data_ptr<float>(); };
  const auto weights = after["experts.0.gate_proj.weight"].numel();
  EXPECT_EQ(at("experts.0.up_proj.weight"), at("experts.0.gate_proj.weight") + weights);
  EXPECT_EQ(at("experts.1.gate_proj.weight"), at("experts.0.gate_proj.weight") + 2 * weights);
}

}  // namespace
}  // namespace dsocr::model
