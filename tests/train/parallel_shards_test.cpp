#include <gtest/gtest.h>
#include <torch/torch.h>

#include "train/parallel/shards.h"

namespace dsocr::train {
namespace {

using Pieces = std::vector<Shards::Piece>;

TEST(Shards, CutAcrossParameters) {
  const Shards shards({6, 1, 5}, 3);
  EXPECT_EQ(shards.num_elements(), 12);
  EXPECT_EQ(shards.pieces(0), (Pieces{{0, 0, 4}}));
  EXPECT_EQ(shards.pieces(1), (Pieces{{0, 4, 2}, {1, 0, 1}, {2, 0, 1}}));
  EXPECT_EQ(shards.pieces(2), (Pieces{{2, 1, 4}}));
  EXPECT_EQ(shards.begin(2), 8);
  EXPECT_EQ(shards.start(2), 7);
}

TEST(Shards, EveryElementHasOneRank) {
  for (const std::vector<std::int64_t>& sizes :
       {std::vector<std::int64_t>{1}, {3, 0, 4}, {100, 7, 1, 1, 50}})
    for (const int num_ranks : {1, 2, 3, 4, 9}) {
      const Shards shards(sizes, num_ranks);
      std::vector<at::Tensor> parameters;
      for (const std::int64_t size : sizes) parameters.push_back(torch::zeros({size}));
      std::int64_t begin = 0;
      for (int rank = 0; rank < num_ranks; ++rank) {
        EXPECT_EQ(shards.begin(rank), begin);
        begin += shards.count(rank);
        std::int64_t count = 0;
        for (const Shards::Piece& piece : shards.pieces(rank)) {
          part(parameters[piece.parameter], piece) += 1;
          count += piece.count;
        }
        EXPECT_EQ(count, shards.count(rank));
        EXPECT_LE(count, (shards.num_elements() + num_ranks - 1) / num_ranks);
      }
      EXPECT_EQ(begin, shards.num_elements());
      for (const at::Tensor& parameter : parameters)
        EXPECT_TRUE(parameter.eq(1).all().item<bool>()) << num_ranks << " ranks";
    }
}

TEST(Shards, APartIsTheParametersOwnMemory) {
  const at::Tensor weight = torch::zeros({2, 3}).requires_grad_(true);
  part(weight, {0, 2, 3}).fill_(1);
  EXPECT_TRUE(weight.equal(torch::tensor({{0., 0., 1.}, {1., 1., 0.}}, torch::kFloat32)));
}

TEST(Shards, OneRankHasAllAndSharesNothing) {
  Group group;
  const Shards shards({4}, 1);
  const at::Tensor weight = torch::arange(4);
  share(group, shards, {weight});
  EXPECT_TRUE(weight.equal(torch::arange(4)));
  EXPECT_TRUE(collect(group, shards, weight).equal(weight));
}

}  // namespace
}  // namespace dsocr::train
