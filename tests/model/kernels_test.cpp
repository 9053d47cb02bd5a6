#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "model/kernels/dot_products.h"
#include "model/kernels/small_linear.h"
#include "model/kernels/small_rows.h"
#include "model/kernels/step_attention.h"
#include "model/kernels/tile_products.h"
#include "tests/support/tiny_model.h"

namespace dsocr::model {
namespace {

template <class T>
constexpr torch::ScalarType kType = std::is_same_v<T, float> ? torch::kFloat32 : torch::kBFloat16;

// Values of both signs in `dtype`.
torch::Tensor values(at::IntArrayRef shape, std::uint64_t seed,
                     torch::ScalarType dtype = torch::kFloat32) {
  return test::random_tensor(shape, seed).mul(2).sub(1).to(dtype);
}

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

TEST(SmallRows, NormAndRotationAreTheLayers) {
  const torch::NoGradGuard no_grad;
  for (const torch::ScalarType dtype : {torch::kFloat32, torch::kBFloat16}) {
    const double unit = dtype == torch::kFloat32 ? 1e-5 : 1.0 / 64;
    const torch::Tensor x = values({3, 1, 48}, 40, dtype), weight = values({48}, 41, dtype);
    const torch::Tensor wide = x.to(torch::kFloat32);
    const torch::Tensor normal =
        (wide * torch::rsqrt(wide.square().mean(-1, true) + 1e-3)).to(dtype) * weight;
    const torch::Tensor ours = rms_norm_rows(x, weight, 1e-3);
    EXPECT_EQ(ours.scalar_type(), dtype);
    EXPECT_LT(test::distance(ours.to(torch::kFloat32), normal.to(torch::kFloat32)), unit);
    EXPECT_TRUE(torch::equal(rms_norm_rows(x.narrow(0, 2, 1), weight, 1e-3), ours.narrow(0, 2, 1)));
    EXPECT_ANY_THROW(rms_norm_rows(x, weight.narrow(0, 0, 47), 1e-3));

    const torch::Tensor cos = values({3, 1, 1, 16}, 42, dtype),
                        sin = values({3, 1, 1, 16}, 43, dtype);
    const torch::Tensor heads = x.view({3, 1, 3, 16}).transpose(1, 2);
    const auto halves = heads.chunk(2, -1);
    const torch::Tensor turned =
        (heads * cos + torch::cat({-halves[1], halves[0]}, -1) * sin).transpose(1, 2);
    torch::Tensor rotated = x.clone();
    rotate_rows(rotated, cos, sin);
    EXPECT_TRUE(torch::equal(rotated, turned.reshape({3, 1, 48}))) << dtype;
    EXPECT_ANY_THROW(rotate_rows(rotated, cos.narrow(0, 0, 2), sin.narrow(0, 0, 2)));
  }
}

// 10 000 elements: more than one thread takes at once, and no multiple of a vector.
TEST(SmallRows, SiluTimesEqualsTorch) {
  for (const torch::ScalarType dtype : {torch::kFloat32, torch::kBFloat16}) {
    torch::Tensor gates = values({10'003}, 30, dtype).mul(20);
    const torch::Tensor ups = values({10'003}, 31, dtype);
    const torch::Tensor silu = torch::silu(gates.to(torch::kFloat64)).to(dtype);
    const torch::Tensor theirs = silu.mul(ups).to(torch::kFloat64);
    silu_times(gates, ups);
    const double unit = dtype == torch::kFloat32 ? 1e-6 : 1.0 / 64;
    EXPECT_TRUE((gates.to(torch::kFloat64) - theirs)
                    .abs()
                    .le(1e-7 + unit * theirs.abs())
                    .all()
                    .item<bool>())
        << dtype;
    EXPECT_ANY_THROW(silu_times(gates, ups.narrow(0, 0, 5)));
  }
}

TEST(SmallRows, WeightedRowsAreSums) {
  for (const torch::ScalarType dtype : {torch::kFloat32, torch::kBFloat16}) {
    const torch::Tensor rows = values({6, 37}, 32, dtype), weights = values({2, 3}, 33);
    const torch::Tensor places = torch::tensor({4, 0, 5, 1, 3, 2}, torch::kInt64);
    const torch::Tensor wanted = rows.to(torch::kFloat32)
                                     .index_select(0, places)
                                     .view({2, 3, 37})
                                     .mul(weights.unsqueeze(-1))
                                     .sum(1);
    const torch::Tensor ours = weighted_rows(rows, places, weights);
    EXPECT_EQ(ours.scalar_type(), dtype);
    EXPECT_LT(test::distance(ours.to(torch::kFloat32), wanted),
              dtype == torch::kFloat32 ? 1e-6 : 1e-2);
    EXPECT_ANY_THROW(weighted_rows(rows, places.narrow(0, 0, 5), weights));
  }
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

// Softmax attention of one query in float64.
torch::Tensor attention(const torch::Tensor& q, const torch::Tensor& keys,
                        const torch::Tensor& values, const torch::Tensor& mask) {
  const auto wide = [](const torch::Tensor& x) { return x.to(torch::kFloat64); };
  torch::Tensor scores =
      wide(q).matmul(wide(keys).transpose(2, 3)) / std::sqrt(static_cast<double>(q.size(3)));
  if (mask.defined()) scores = scores.masked_fill(mask.logical_not(), -INFINITY);
  return torch::softmax(scores, -1).matmul(wide(values)).transpose(1, 2).flatten(2);
}

// True for the first `counts` entries of each row.
torch::Tensor prefix_mask(const std::vector<std::int64_t>& counts, std::int64_t entries) {
  return torch::arange(entries)
      .unsqueeze(0)
      .lt(torch::tensor(counts).unsqueeze(1))
      .view({static_cast<std::int64_t>(counts.size()), 1, 1, entries});
}

TEST(StepAttention, EqualsSoftmax) {
  const torch::NoGradGuard no_grad;
  for (const torch::ScalarType dtype : {torch::kFloat32, torch::kBFloat16})
    for (const std::int64_t size : {2, 24, 128})
      for (const std::int64_t entries : {1, 2, 3, 4, 5, 8, 31, 70}) {
        const torch::Tensor q = values({3, 2, 1, size}, 21, dtype).mul(3);
        // The cache is larger than what is used.
        const torch::Tensor keys = values({3, 2, 80, size}, 22, dtype).narrow(2, 0, entries);
        const torch::Tensor vals = values({3, 2, 80, size}, 23, dtype).narrow(2, 0, entries);
        ASSERT_TRUE(is_step_attention(q, keys));
        for (const torch::Tensor& mask :
             {torch::Tensor(), prefix_mask({entries, 1, (entries + 1) / 2}, entries),
              torch::arange(3 * entries).remainder(3).ne(1).view({3, 1, 1, entries}) |
                  torch::arange(entries).eq(0)}) {
          const torch::Tensor ours = step_attention(q, keys, vals, mask);
          EXPECT_EQ(ours.scalar_type(), dtype);
          EXPECT_LT(test::distance(ours, attention(q, keys, vals, mask)),
                    dtype == torch::kFloat32 ? 2e-6 : 5e-3)
              << dtype << ", " << entries << " entries of " << size;
        }
      }
}

TEST(StepAttention, ARowsBitsDoNotDependOnTheOthers) {
  const torch::NoGradGuard no_grad;
  const int threads = at::get_num_threads();
  const std::vector<std::int64_t> counts{70, 1, 2, 3, 5, 38, 67};
  const std::int64_t rows = static_cast<std::int64_t>(counts.size());
  for (const torch::ScalarType dtype : {torch::kFloat32, torch::kBFloat16}) {
    const torch::Tensor q = values({rows, 2, 1, 40}, 24, dtype).mul(3);
    const torch::Tensor keys = values({rows, 2, 70, 40}, 25, dtype);
    const torch::Tensor vals = values({rows, 2, 70, 40}, 26, dtype);
    at::set_num_threads(1);
    const torch::Tensor all = step_attention(q, keys, vals, prefix_mask(counts, 70));
    at::set_num_threads(2);
    EXPECT_TRUE(torch::equal(step_attention(q, keys, vals, prefix_mask(counts, 70)), all));
    for (std::int64_t row = 0; row < rows; ++row) {
      const std::int64_t count = counts[static_cast<size_t>(row)];
      const auto part = [&](const torch::Tensor& x) {
        return x.narrow(0, row, 1).narrow(2, 0, std::min(count, x.size(2)));
      };
      EXPECT_TRUE(torch::equal(step_attention(part(q), part(keys), part(vals), torch::Tensor())[0],
                               all[row]))
          << dtype << ", " << count << " entries";
    }
  }
  at::set_num_threads(threads);
}

TEST(StepAttention, LeavesOthersToTorch) {
  const torch::Tensor q = values({1, 4, 1, 8}, 27), keys = values({1, 4, 9, 8}, 28);
  EXPECT_TRUE(is_step_attention(q, keys));
  EXPECT_FALSE(is_step_attention(values({1, 4, 2, 8}, 27), keys)) << "two queries";
  EXPECT_FALSE(is_step_attention(q, values({1, 2, 9, 8}, 28))) << "grouped heads";
  EXPECT_FALSE(is_step_attention(q.to(torch::kFloat64), keys.to(torch::kFloat64)));
  EXPECT_FALSE(is_step_attention(q.to(torch::kBFloat16), keys));
  EXPECT_FALSE(is_step_attention(q, values({1, 4, 8, 9}, 28).transpose(2, 3)));
  EXPECT_FALSE(is_step_attention(q.clone().requires_grad_(), keys));
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
