#include "model/linear_cross_entropy.h"

#include <gtest/gtest.h>

#include "tests/support/tiny_model.h"

namespace dsocr::model {
namespace {

struct Given {
  torch::Tensor x, weight, labels;
};

Given given(std::int64_t rows, std::int64_t vocab, torch::ScalarType dtype) {
  return {test::random_tensor({rows, 8}, 1).sub(0.5).mul(4).to(dtype).requires_grad_(),
          test::random_tensor({vocab, 8}, 2).sub(0.5).mul(4).to(dtype).requires_grad_(),
          torch::arange(rows, torch::kInt64).mul(7919).remainder(vocab)};
}

// Of more ids than one chunk holds rows of them, so that there are several chunks.
TEST(LinearCrossEntropy, IsThatOfTheLogits) {
  for (const auto& [rows, vocab] : {std::pair<std::int64_t, std::int64_t>{5, 11}, {50, 400000}}) {
    const Given one = given(rows, vocab, torch::kFloat32),
                two = given(rows, vocab, torch::kFloat32);
    const torch::Tensor loss = linear_cross_entropy(one.x, one.weight, one.labels);
    (loss / 3).backward();
    const torch::Tensor expected = torch::cross_entropy_loss(torch::linear(two.x, two.weight),
                                                             two.labels, {}, at::Reduction::Sum);
    (expected / 3).backward();
    EXPECT_NEAR(loss.item<double>(), expected.item<double>(), 1e-5 * expected.item<double>());
    EXPECT_LT(test::distance(one.x.grad(), two.x.grad()), 1e-4);
    EXPECT_LT(test::distance(one.weight.grad(), two.weight.grad()), 1e-5);
    const torch::NoGradGuard no_grad;
    EXPECT_EQ(linear_cross_entropy(one.x, one.weight, one.labels).item<double>(),
              loss.item<double>());
  }
}

TEST(LinearCrossEntropy, OfBfloat16IsComputedInFloat32) {
  const Given one = given(50, 400000, torch::kBFloat16);
  linear_cross_entropy(one.x, one.weight, one.labels).backward();
  const torch::Tensor x = one.x.detach().to(torch::kFloat32).requires_grad_();
  const torch::Tensor weight = one.weight.detach().to(torch::kFloat32).requires_grad_();
  torch::cross_entropy_loss(torch::linear(x, weight).to(torch::kBFloat16).to(torch::kFloat32),
                            one.labels, {}, at::Reduction::Sum)
      .backward();
  EXPECT_EQ(one.x.grad().scalar_type(), torch::kBFloat16);
  EXPECT_LT(test::distance(one.x.grad(), x.grad()), 2e-2);
  EXPECT_LT(test::distance(one.weight.grad(), weight.grad()),
            1e-2 * weight.grad().abs().max().item<double>());
}

TEST(LinearCrossEntropy, FrozenWeightsGetNoGradient) {
  Given frozen = given(5, 11, torch::kFloat32);
  frozen.weight.requires_grad_(false);
  linear_cross_entropy(frozen.x, frozen.weight, frozen.labels).backward();
  EXPECT_TRUE(frozen.x.grad().defined());
  EXPECT_FALSE(frozen.weight.grad().defined());
}

}  // namespace
}  // namespace dsocr::model
