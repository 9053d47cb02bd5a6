#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "model/kernels/small_rows.h"
#include "model/kernels/step_attention.h"
#include "tests/model/values.h"
#include "tests/support/tiny_model.h"

namespace dsocr::model {
namespace {

using test::values;

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

}  // namespace
}  // namespace dsocr::model
