#include "model/kernels/training_rows.h"

#include <gtest/gtest.h>

#include "tests/support/tiny_model.h"

namespace dsocr::model {
namespace {

torch::Tensor input(at::IntArrayRef shape, std::uint64_t seed, double size = 4) {
  return test::random_tensor(shape, seed).sub(0.5).mul(size).requires_grad_();
}

using Inputs = std::vector<torch::Tensor>;

// Values, and the gradients of all inputs, of two ways to the same.
template <class Ours, class Theirs>
void expect_equal(const Inputs& in, const Ours& ours, const Theirs& theirs) {
  std::vector<Inputs> gradients;
  Inputs outs;
  for (const bool own : {true, false}) {
    Inputs leaves;
    for (const torch::Tensor& x : in) leaves.push_back(x.detach().clone().requires_grad_());
    outs.push_back(own ? ours(leaves) : theirs(leaves));
    const torch::Tensor weights = test::random_tensor(outs.back().sizes(), 9).sub(0.5);
    (outs.back() * weights).sum().backward();
    gradients.emplace_back();
    for (const torch::Tensor& x : leaves) gradients.back().push_back(x.grad());
  }
  const auto limit = [](const torch::Tensor& x) {
    return 2e-6 * (1 + x.abs().max().item<double>());
  };
  EXPECT_LT(test::distance(outs[0], outs[1]), limit(outs[1]));
  for (std::size_t i = 0; i < in.size(); ++i)
    EXPECT_LT(test::distance(gradients[0][i], gradients[1][i]), limit(gradients[1][i])) << i;
}

// Sizes below, at and beside the width of a vector; fewer rows than parts and more.
TEST(TrainingRows, NormalisesAsDefined) {
  for (const auto& [rows, size] : {std::pair{1, 5}, {3, 16}, {7, 37}, {200, 256}})
    expect_equal(
        {input({2, rows, size}, 1), input({size}, 2)},
        [](const Inputs& in) { return rms_norm(in[0], in[1], 1e-3); },
        [](const Inputs& in) {
          return in[0] * torch::rsqrt(in[0].square().mean(-1, true) + 1e-3) * in[1];
        });
}

TEST(TrainingRows, AttendsAsDefined) {
  const torch::Tensor causal = torch::ones({5, 5}, torch::kBool).tril().view({1, 1, 5, 5});
  const torch::Tensor padded =
      causal & torch::arange(5).lt(torch::tensor({5, 3}).view({2, 1, 1, 1}));
  const Inputs in{input({2, 3, 5, 4}, 1), input({2, 3, 5, 4}, 2), input({2, 3, 5, 4}, 3)};
  for (const torch::Tensor& mask : {torch::Tensor(), causal, padded})
    expect_equal(
        in, [&](const Inputs& x) { return short_attention(x[0], x[1], x[2], mask); },
        [&](const Inputs& x) {
          return torch::scaled_dot_product_attention(
              x[0], x[1], x[2], mask.defined() ? std::optional(mask) : std::nullopt);
        });
  EXPECT_TRUE(is_short_attention(in[0], in[1]));
  EXPECT_FALSE(is_short_attention(in[0], in[1].narrow(1, 0, 1)));  // fewer heads of keys
  EXPECT_FALSE(is_short_attention(in[0].detach(), in[1]));
  EXPECT_FALSE(is_short_attention(input({1, 1, 5000, 1}, 1), input({1, 1, 5000, 1}, 1)));
}

TEST(TrainingRows, TurnsAsDefined) {
  constexpr std::int64_t kRows = 3, kTokens = 5, kHeads = 2, kSize = 6;
  for (const std::int64_t tables : {std::int64_t{1}, kRows}) {
    const torch::Tensor half = input({tables, 1, kTokens, kSize / 2}, 3).detach();
    const torch::Tensor angles = torch::cat({half, half}, -1);
    const torch::Tensor cos = angles.cos(), sin = angles.sin();
    expect_equal(
        {input({kRows, kTokens, kHeads * kSize}, 1)},
        [&](const Inputs& in) { return rotated(in[0], cos, sin); },
        [&](const Inputs& in) {
          const torch::Tensor x = in[0].view({kRows, kTokens, kHeads, kSize}).transpose(1, 2);
          const auto parts = x.chunk(2, -1);
          const torch::Tensor y = x * cos + torch::cat({-parts[1], parts[0]}, -1) * sin;
          return y.transpose(1, 2).flatten(2);
        });
  }
  EXPECT_THROW(rotated(input({1, 4, 8}, 1), torch::ones({1, 1, 3, 4}), torch::ones({1, 1, 3, 4})),
               c10::Error);
}

TEST(TrainingRows, GatesAsDefined) {
  for (const double size : {4.0, 400.0})
    expect_equal(
        {input({3, 7, 11}, 1, size), input({3, 7, 11}, 2)},
        [](const Inputs& in) { return silu_product(in[0], in[1]); },
        [](const Inputs& in) { return torch::silu(in[0]) * in[1]; });
}

TEST(TrainingRows, ThreadsChangeNoBit) {
  const int before = at::get_num_threads();
  std::vector<torch::Tensor> gradients;
  for (const int threads : {1, 2, 3}) {
    at::set_num_threads(threads);
    const torch::Tensor x = input({501, 64}, 1), weight = input({64}, 2);
    const torch::Tensor gates = rms_norm(x, weight, 1e-6);
    silu_product(gates, x).sum().backward();
    gradients.push_back(torch::cat({x.grad().flatten(), weight.grad()}));
  }
  at::set_num_threads(before);
  EXPECT_TRUE(torch::equal(gradients[0], gradients[1]));
  EXPECT_TRUE(torch::equal(gradients[0], gradients[2]));
}

TEST(TrainingRows, AreForTrainingInFloat32) {
  EXPECT_TRUE(is_training_rows(input({2, 4}, 1)));
  EXPECT_FALSE(is_training_rows(input({2, 4}, 1).detach()));
  EXPECT_FALSE(is_training_rows(input({2, 4}, 1).to(torch::kBFloat16)));
  EXPECT_FALSE(is_training_rows(input({0, 4}, 1)));
  const torch::NoGradGuard no_grad;
  EXPECT_FALSE(is_training_rows(input({2, 4}, 1)));
}

}  // namespace
}  // namespace dsocr::model
