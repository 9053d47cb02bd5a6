#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace {

// The imported libtorch compiles, links and computes: headers, both libraries and their
// dependencies.
TEST(Libtorch, MultipliesMatrices) {
  const at::Tensor left = at::arange(6, at::kFloat).reshape({2, 3});
  const at::Tensor product = left.matmul(left.t());
  EXPECT_EQ(product.sizes(), (at::IntArrayRef{2, 2}));
  EXPECT_FLOAT_EQ(product[0][0].item<float>(), 5);
  EXPECT_FLOAT_EQ(product[0][1].item<float>(), 14);
  EXPECT_FLOAT_EQ(product[1][1].item<float>(), 50);
}

TEST(Libtorch, RefusesMatricesThatDoNotFit) {
  EXPECT_THROW(at::ones({2, 3}).matmul(at::ones({2, 3})), c10::Error);
}

}  // namespace
