#include "model/recompute.h"

#include <gtest/gtest.h>

#include "tests/support/tiny_model.h"

namespace dsocr::model {
namespace {

TEST(Recompute, RunsTheBlockAgainAndGivesItsGradients) {
  const torch::Tensor weight = torch::full({3}, 2.0, torch::requires_grad());
  int runs = 0;
  const Block block = [&, weight](const torch::Tensor& x) {
    ++runs;
    return Tensors{(x * weight).tanh(), (x * 3).sum()};
  };
  const torch::Tensor x = torch::tensor({0.1, 0.2, 0.3}, torch::dtype(torch::kFloat32));
  for (const bool x_needs : {false, true}) {
    runs = 0;
    torch::Tensor in = x.clone().requires_grad_(x_needs), plain = x.clone().requires_grad_(x_needs);
    const Tensors out = recomputed(block, in);
    EXPECT_EQ(runs, 1);
    (out[0].sum() + out[1]).backward();
    EXPECT_EQ(runs, 2);
    const torch::Tensor gradient = weight.grad().clone();
    torch::Tensor(weight).mutable_grad().zero_();
    const Tensors expected = block(plain);
    (expected[0].sum() + expected[1]).backward();
    EXPECT_TRUE(torch::equal(gradient, weight.grad()));
    torch::Tensor(weight).mutable_grad().zero_();
    ASSERT_EQ(in.grad().defined(), x_needs);
    if (x_needs) {
      EXPECT_TRUE(torch::equal(in.grad(), plain.grad()));
    }
  }
}

TEST(Recompute, AResultThatNobodyUsesIsNone) {
  const torch::Tensor weight = torch::ones({2}, torch::requires_grad());
  const Block block = [weight](const torch::Tensor& x) { return Tensors{x * weight, x + weight}; };
  recomputed(block, torch::ones({2}))[0].sum().backward();
  EXPECT_TRUE(torch::equal(weight.grad(), torch::ones({2})));
}

// All parts of the network, with frozen ones before trained ones.
TEST(Recompute, GradientsOfTheNetworkAreTheSame) {
  for (const std::vector<std::string>& frozen :
       {std::vector<std::string>{},
        {"model.sam_model.*", "model.embed_tokens.*"},
        {"model.sam_model.*", "model.vision_model.*", "model.projector.*", "model.image_newline",
         "model.view_seperator", "model.embed_tokens.*"}}) {
    std::vector<std::map<std::string, torch::Tensor>> gradients;
    for (const bool recomputes : {false, true}) {
      DeepseekOcr network = test::tiny_model();
      freeze(*network, frozen);
      network->set_recomputes(recomputes);
      network->train();
      const SequenceBatch batch{.ids_BT = test::id_tensor(test::tiny_prompt(1, 9, 5)).unsqueeze(0),
                                .pages = {{test::tiny_page(2)}}};
      const auto result = network->forward(batch);
      EXPECT_EQ(result.loads_E.size(), 2u);
      torch::Tensor loss = result.logits_BTV.square().mean();
      for (const torch::Tensor& aux : result.aux_losses) loss = loss + aux;
      loss.backward();
      auto& own = gradients.emplace_back();
      for (const auto& item : network->named_parameters())
        if (item.value().grad().defined()) own[item.key()] = item.value().grad();
    }
    EXPECT_GT(gradients[0].size(), 50u);
    ASSERT_EQ(gradients[0].size(), gradients[1].size());
    for (const auto& [name, gradient] : gradients[0])
      EXPECT_LE(test::distance(gradients[1][name], gradient),
                1e-5 * gradient.abs().max().item<double>())
          << name;
  }
}

}  // namespace
}  // namespace dsocr::model
