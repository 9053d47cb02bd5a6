#include "train/matmul.h"

#include <gtest/gtest.h>

#include "tests/support/tiny_model.h"

namespace dsocr::train {
namespace {

TEST(Matmul, MediumRoundsFactorsAndItsEndRestoresAllBits) {
  const auto product = [] {
    const torch::Tensor x = test::random_tensor({64, 64}, 1), y = test::random_tensor({64, 64}, 2);
    return torch::matmul(x, y);
  };
  const torch::Tensor exact = product();
  {
    const MatmulScope scope(MatmulPrecision::kMedium);
    EXPECT_EQ(at::globalContext().float32MatmulPrecision(), at::Float32MatmulPrecision::MEDIUM);
    // On a CPU without such instructions nothing changes.
    EXPECT_LT(test::distance(product(), exact), 0.1);
  }
  EXPECT_EQ(at::globalContext().float32MatmulPrecision(), at::Float32MatmulPrecision::HIGHEST);
  EXPECT_TRUE(torch::equal(product(), exact));
}

}  // namespace
}  // namespace dsocr::train
