#include "model/kernels/grid_attention.h"

#include <gtest/gtest.h>

#include "tests/support/tiny_model.h"

namespace dsocr::model {
namespace {

constexpr std::int64_t kHeads = 3, kChannels = 8;

// q, k, v, bias of the key's row, bias of its column.
std::vector<torch::Tensor> inputs(std::int64_t side) {
  const std::int64_t length = side * side;
  std::vector<torch::Tensor> all;
  for (const std::int64_t channels : {kChannels, kChannels, kChannels, side, side})
    all.push_back(test::random_tensor({kHeads, length, channels}, all.size() + 1)
                      .sub(0.5)
                      .mul(4)
                      .requires_grad_());
  return all;
}

torch::Tensor plain(const std::vector<torch::Tensor>& in, std::int64_t side) {
  const torch::Tensor bias = in[3].unsqueeze(-1) + in[4].unsqueeze(-2);
  const torch::Tensor scores =
      torch::matmul(in[0], in[1].transpose(1, 2)) / std::sqrt(static_cast<double>(kChannels)) +
      bias.view({kHeads, side * side, side * side});
  return torch::matmul(torch::softmax(scores, -1), in[2]);
}

// A side of 20 has more scores than one block holds, one of 3 less than one vector.
TEST(GridAttention, ValuesAndGradientsAreThoseOfTheDefinition) {
  for (const std::int64_t side : {3, 7, 20, 32}) {
    const auto ours = inputs(side), theirs = inputs(side);
    ASSERT_TRUE(is_grid_attention(ours[0]));
    const torch::Tensor out = grid_attention(ours[0], ours[1], ours[2], ours[3], ours[4]);
    const torch::Tensor expected = plain(theirs, side);
    EXPECT_LT(test::distance(out, expected), 2e-6) << side;
    const torch::Tensor weights = test::random_tensor(out.sizes(), 9).sub(0.5);
    (out * weights).sum().backward();
    (expected * weights).sum().backward();
    for (std::size_t i = 0; i < ours.size(); ++i)
      EXPECT_LT(test::distance(ours[i].grad(), theirs[i].grad()),
                1e-5 * theirs[i].grad().abs().max().item<double>())
          << side << " " << i;
  }
}

TEST(GridAttention, BiasesAloneHaveTheBitsOfTheirSum) {
  for (const torch::ScalarType dtype : {torch::kFloat32, torch::kBFloat16})
    for (const std::int64_t side : {1, 5, 20}) {
      const torch::Tensor by_row =
          test::random_tensor({kHeads, side * side, side}, 1).sub(0.5).to(dtype);
      const torch::Tensor by_column =
          test::random_tensor({kHeads, side * side, side}, 2).sub(0.5).to(dtype);
      const torch::Tensor bias = torch::empty({kHeads, side * side, side * side}, dtype);
      add_grid_bias(by_row, by_column, bias);
      const torch::Tensor sum = by_row.unsqueeze(-1) + by_column.unsqueeze(-2);
      EXPECT_TRUE(torch::equal(bias, sum.view_as(bias))) << dtype << " " << side;
      EXPECT_ANY_THROW(add_grid_bias(by_row, by_column.narrow(1, 0, 0), bias));
    }
}

TEST(GridAttention, ScoresFarApartStayFinite) {
  auto in = inputs(4);
  {
    const torch::NoGradGuard no_grad;
    in[3].mul_(200);
    in[4].mul_(-100);
  }
  const torch::Tensor out = grid_attention(in[0], in[1], in[2], in[3], in[4]);
  EXPECT_LT(test::distance(out, plain(in, 4)), 1e-5);
  out.sum().backward();
  for (const torch::Tensor& tensor : in) EXPECT_TRUE(tensor.grad().isfinite().all().item<bool>());
}

TEST(GridAttention, ThreadsChangeNothingButRounding) {
  const int before = at::get_num_threads();
  std::vector<torch::Tensor> gradients;
  for (const int threads : {1, 2}) {
    at::set_num_threads(threads);
    const auto in = inputs(20);
    grid_attention(in[0], in[1], in[2], in[3], in[4]).square().sum().backward();
    gradients.push_back(in[1].grad());
  }
  at::set_num_threads(before);
  EXPECT_LT(test::distance(gradients[0], gradients[1]),
            1e-5 * gradients[0].abs().max().item<double>());
}

TEST(GridAttention, IsForTrainingInFloat32) {
  const torch::Tensor plain = torch::ones({1, 4, 2});
  EXPECT_FALSE(is_grid_attention(plain));
  EXPECT_FALSE(is_grid_attention(plain.to(torch::kBFloat16).requires_grad_()));
  const torch::Tensor trained = torch::ones({1, 4, 2}, torch::requires_grad());
  EXPECT_TRUE(is_grid_attention(trained));
  const torch::NoGradGuard no_grad;
  EXPECT_FALSE(is_grid_attention(trained));
}

}  // namespace
}  // namespace dsocr::model
