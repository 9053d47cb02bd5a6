#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "model/kernels/dot_products.h"
#include "model/kernels/small_linear.h"
#include "model/kernels/tile_products.h"
#include "tests/model/values.h"
#include "tests/support/tiny_model.h"

namespace dsocr::model {
namespace {

using test::values;

template <class T>
constexpr torch::ScalarType kType = std::is_same_v<T, float> ? torch::kFloat32 : torch::kBFloat16;

// That small_linear() takes here.
std::int64_t most_rows(torch::ScalarType dtype) {
  return dtype == torch::kBFloat16 && has_bfloat16_products() ? kSmallBfloat16Rows
                                                              : kSmallLinearRows;
}

// All variants against float64. What lies behind the vectors is NaN: no kernel may look there.
template <class T>
void check_variants(std::span<const DotProducts<T>> variants) {
  ASSERT_FALSE(variants.empty());
  std::vector<std::int64_t> sizes{1280};
  for (std::int64_t size = 1; size <= 67; ++size) sizes.push_back(size);
  for (size_t variant = 0; variant < variants.size(); ++variant)
    for (const std::int64_t size : sizes) {
      const torch::Tensor x = torch::full({kDotRows * size + 64}, NAN, kType<T>);
      const torch::Tensor x_part = x.narrow(0, 0, kDotRows * size).view({kDotRows, size});
      x_part.copy_(values({kDotRows, size}, 1));
      for (std::int64_t rows = 1; rows <= kDotRows; ++rows) {
        const torch::Tensor weight = torch::full({rows * size + 64}, NAN, kType<T>);
        const torch::Tensor part = weight.narrow(0, 0, rows * size).view({rows, size});
        part.copy_(values({rows, size}, 2));
        const torch::Tensor theirs =
            torch::linear(x_part.to(torch::kFloat64), part.to(torch::kFloat64));
        // Rounding grows with the sum of the absolute values at most.
        const torch::Tensor limit = 2e-7 + 2e-6 * torch::linear(x_part.to(torch::kFloat64).abs(),
                                                                part.to(torch::kFloat64).abs());
        torch::Tensor all;
        for (std::int64_t x_rows = kDotRows; x_rows >= 1; --x_rows) {
          const torch::Tensor sums = torch::full({kDotRows, kDotRows}, -77.0F);
          variants[variant](x.const_data_ptr<T>(), x_rows, weight.const_data_ptr<T>(), rows, size,
                            sums.data_ptr<float>());
          const std::string text = "variant " + std::to_string(variant) + ", size " +
                                   std::to_string(size) + ", " + std::to_string(x_rows) + " x " +
                                   std::to_string(rows) + " rows";
          const torch::Tensor ours = sums.narrow(0, 0, x_rows).narrow(1, 0, rows);
          EXPECT_TRUE((ours - theirs.narrow(0, 0, x_rows))
                          .abs()
                          .le(limit.narrow(0, 0, x_rows))
                          .all()
                          .item<bool>())
              << text;
          if (!all.defined()) all = ours;
          EXPECT_TRUE(torch::equal(ours, all.narrow(0, 0, x_rows))) << text;
          EXPECT_TRUE(sums.narrow(0, x_rows, kDotRows - x_rows).eq(-77).all().item<bool>()) << text;
        }
      }
    }
}

TEST(DotProducts, EveryFloat32VariantIsRightAndNoRowDependsOnOthers) {
  check_variants<float>(all_dot_products_float32());
  EXPECT_EQ(dot_products_float32(), all_dot_products_float32().back());
}

TEST(DotProducts, EveryBfloat16VariantIsRightAndNoRowDependsOnOthers) {
  check_variants<c10::BFloat16>(all_dot_products_bfloat16());
  EXPECT_EQ(dot_products_bfloat16(), all_dot_products_bfloat16().back());
}

// What lies behind the rows of x is NaN, and the result is inside of more.
TEST(TileProducts, AreRightAndNoRowDependsOnOthers) {
  if (!has_tiles()) GTEST_SKIP() << "this CPU does not multiply tiles";
  for (const bool is_wide : {false, true})
    for (const std::int64_t size : {32, 96, 512})
      for (const std::int64_t out : {16, 48, 128})
        for (const std::int64_t rows : {1, 2, 15, 16, 17, 33, 70}) {
          const torch::Tensor x = values({rows, size}, 60, torch::kBFloat16);
          const torch::Tensor weight = values({out, size}, 61, torch::kBFloat16);
          const auto multiply = [&](const torch::Tensor& rows_of_x) {
            const std::int64_t count = rows_of_x.size(0);
            const torch::Tensor packed =
                torch::full({packed_elements(count, size)}, NAN, torch::kBFloat16);
            const torch::Tensor result =
                torch::full({count + 1, out}, -77.0, is_wide ? torch::kFloat32 : torch::kBFloat16);
            pack_rows(rows_of_x.const_data_ptr<c10::BFloat16>(), count, size,
                      packed.data_ptr<c10::BFloat16>());
            const TileProduct product{packed.const_data_ptr<c10::BFloat16>(),
                                      count,
                                      size,
                                      weight.const_data_ptr<c10::BFloat16>(),
                                      out,
                                      result.data_ptr(),
                                      is_wide};
            tile_products(product, 0, kTileRows);
            tile_products(product, kTileRows, out);
            EXPECT_TRUE(result[count].eq(-77).all().item<bool>());
            return result.narrow(0, 0, count);
          };
          const torch::Tensor ours = multiply(x);
          const torch::Tensor theirs =
              torch::linear(x.to(torch::kFloat64), weight.to(torch::kFloat64));
          const double unit = is_wide ? 1e-6 : 1.0 / 256;
          EXPECT_TRUE((ours.to(torch::kFloat64) - theirs)
                          .abs()
                          .le(1e-5 + unit * theirs.abs())
                          .all()
                          .item<bool>())
              << rows << " x " << size << " -> " << out;
          EXPECT_TRUE(torch::equal(multiply(x.narrow(0, rows - 1, 1)), ours.narrow(0, rows - 1, 1)))
              << rows << " x " << size << " -> " << out;
        }
}

TEST(SmallLinear, EqualsTorch) {
  const torch::NoGradGuard no_grad;
  for (const torch::ScalarType dtype : {torch::kFloat32, torch::kBFloat16})
    for (const std::int64_t out : {1, 2, 3, 5, 64})
      for (const std::int64_t in : {1, 40, 129})
        for (std::int64_t rows = 1; rows <= kSmallLinearRows; ++rows) {
          const torch::Tensor x = values({rows, in}, 3, dtype);
          const torch::Tensor weight = values({out, in}, 4, dtype);
          ASSERT_TRUE(is_small_linear(x, weight));
          const torch::Tensor ours = small_linear(x, weight);
          EXPECT_EQ(ours.scalar_type(), dtype);
          const torch::Tensor theirs =
              torch::linear(x.to(torch::kFloat64), weight.to(torch::kFloat64));
          // One rounding to the result's type: half a unit in the last of 8 or 24 bits.
          const double unit = dtype == torch::kFloat32 ? 1e-6 : 1.0 / 256;
          const torch::Tensor limit = 1e-5 + unit * theirs.abs();
          EXPECT_TRUE((ours.to(torch::kFloat64) - theirs).abs().le(limit).all().item<bool>())
              << dtype << " " << rows << " x " << in << " -> " << out;
        }
}

TEST(SmallLinear, KeepsLeadingAxesAndTakesStridedInput) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor weight = values({5, 24}, 5);
  const torch::Tensor wide = values({3, 2, 48}, 6);
  const torch::Tensor x = wide.narrow(2, 24, 24);
  EXPECT_EQ(small_linear(x, weight).sizes(), (std::vector<std::int64_t>{3, 2, 5}));
  EXPECT_LT(test::distance(small_linear(x, weight), torch::linear(x, weight)), 1e-5);
  const torch::Tensor one = values({24}, 7);
  EXPECT_EQ(small_linear(one, weight).sizes(), (std::vector<std::int64_t>{5}));
  EXPECT_ANY_THROW(small_linear(values({2, 23}, 8), weight));
}

// Large enough that several tasks run side by side.
TEST(SmallLinear, SameBitsInAnyBatchAndForAnyNumberOfThreads) {
  const torch::NoGradGuard no_grad;
  const int threads = at::get_num_threads();
  // The second has a size that tiles take.
  for (const std::int64_t in : {200, 192})
    for (const torch::ScalarType dtype : {torch::kFloat32, torch::kBFloat16}) {
      const torch::Tensor weight = values({in == 200 ? 2051 : 2048, in}, 9, dtype);
      const std::int64_t rows = most_rows(dtype);
      const torch::Tensor x = values({rows, in}, 10, dtype);
      at::set_num_threads(1);
      const torch::Tensor all = small_linear(x, weight);
      at::set_num_threads(2);
      EXPECT_TRUE(torch::equal(small_linear(x, weight), all));
      for (std::int64_t row = 0; row < rows; ++row)
        EXPECT_TRUE(torch::equal(small_linear(x.narrow(0, row, 1), weight), all.narrow(0, row, 1)));
      EXPECT_TRUE(torch::equal(small_linear(x.flip(0), weight), all.flip(0)));
    }
  at::set_num_threads(threads);
}

// Of unequal sizes, so that products end inside and outside of what a thread takes at once.
TEST(SmallProducts, GiveTheBitsOfOneAtATime) {
  const torch::NoGradGuard no_grad;
  for (const torch::ScalarType dtype : {torch::kFloat32, torch::kBFloat16}) {
    std::vector<SmallProduct> products;
    std::uint64_t seed = 20;
    for (const auto& [rows, in, out] : std::vector<std::array<std::int64_t, 3>>{
             {1, 200, 517}, {8, 33, 3}, {3, 1024, 130}, {1, 40000, 9}, {2, 7, 1}}) {
      const torch::Tensor x = values({rows, in}, ++seed, dtype);
      const torch::Tensor weight = values({out, in}, ++seed, dtype);
      products.push_back({x, weight, torch::full({rows, out}, NAN, dtype), rows});
    }
    small_products(products);
    for (const SmallProduct& product : products)
      EXPECT_TRUE(torch::equal(product.result, small_linear(product.x, product.weight)))
          << dtype << " " << product.result.sizes();
  }
  small_products({});
}

TEST(SmallProducts, TakeAndGiveRowsInsideTensors) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor x = values({5, 24}, 1), weight = values({7, 24}, 2);
  const SmallProduct product{x, weight, torch::full({4, 7}, -77.0), 2, 72, 7};
  small_products({&product, 1});
  EXPECT_TRUE(
      torch::equal(product.result.narrow(0, 1, 2), small_linear(x.narrow(0, 3, 2), weight)));
  for (const std::int64_t row : {0, 3}) EXPECT_TRUE(product.result[row].eq(-77).all().item<bool>());
}

TEST(SmallProducts, RefuseRowsOutsideOfTheirTensors) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor x = values({2, 24}, 1), weight = values({5, 24}, 2);
  const torch::Tensor result = torch::empty({2, 5});
  for (const SmallProduct& product :
       std::vector<SmallProduct>{{x, weight, torch::empty({9}), 2},
                                 {x, weight, torch::empty({5, 2}).t(), 2},
                                 {x, weight, result, 3},
                                 {x, weight, result, 2, 1},
                                 {x, weight, result, 2, 0, 1},
                                 {x, weight, result, 1, -24},
                                 {x.t(), weight, result, 2}})
    EXPECT_ANY_THROW(small_products({&product, 1}));
}

TEST(SmallLinear, GivesFloat32OfBfloat16) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor x = values({3, 129}, 13, torch::kBFloat16);
  const torch::Tensor weight = values({6, 129}, 14, torch::kBFloat16);
  const torch::Tensor wide = small_linear(x, weight, torch::kFloat32);
  EXPECT_EQ(wide.scalar_type(), torch::kFloat32);
  EXPECT_LT(test::distance(wide, torch::linear(x.to(torch::kFloat32), weight.to(torch::kFloat32))),
            1e-5);
  EXPECT_TRUE(torch::equal(wide.to(torch::kBFloat16), small_linear(x, weight)));
}

TEST(SmallLinear, LeavesOtherProductsToTorch) {
  const torch::Tensor x = values({8, 16}, 11), weight = values({12, 16}, 12);
  EXPECT_TRUE(is_small_linear(x, weight));
  EXPECT_TRUE(is_small_linear(x.view({2, 4, 16}), weight));
  EXPECT_FALSE(is_small_linear(values({9, 16}, 11), weight));
  EXPECT_FALSE(is_small_linear(values({3, 3, 16}, 11), weight));
  EXPECT_FALSE(is_small_linear(x, values({16, 12}, 12).t()));
  EXPECT_FALSE(is_small_linear(x.to(torch::kFloat64), weight.to(torch::kFloat64)));
  EXPECT_FALSE(is_small_linear(x.to(torch::kBFloat16), weight));
  EXPECT_FALSE(is_small_linear(x.to(torch::kFloat16), weight.to(torch::kFloat16)));

  for (const bool of_x : {false, true}) {
    const torch::Tensor leaf_x = x.clone().requires_grad_(of_x);
    const torch::Tensor leaf_weight = weight.clone().requires_grad_(!of_x);
    EXPECT_FALSE(is_small_linear(leaf_x, leaf_weight));
    const torch::NoGradGuard no_grad;
    EXPECT_TRUE(is_small_linear(leaf_x, leaf_weight));
  }
}

TEST(SmallLinear, LinearAddsItsBias) {
  const torch::NoGradGuard no_grad;
  Linear layer(16, 6, /*has_bias=*/true);
  layer->weight.set_data(values({6, 16}, 13));
  layer->bias.set_data(values({6}, 14));
  const torch::Tensor x = values({2, 16}, 15);
  EXPECT_LT(test::distance(layer(x), torch::linear(x, layer->weight, layer->bias)), 1e-6);
}

}  // namespace
}  // namespace dsocr::model
