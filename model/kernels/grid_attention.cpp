#include "model/kernels/grid_attention.h"

#include <ATen/Parallel.h>
#include <ATen/ops/baddbmm.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/mul.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>

#include "model/kernels/bfloat16_bits.h"
#include "model/kernels/clones.h"
#include "model/kernels/vector_exp.h"

namespace dsocr::model {
namespace {

// Scores of a block: two such blocks fit the second-level cache.
constexpr std::int64_t kBlockElements = std::int64_t{1} << 17;

// Biases that are worth a thread.
constexpr std::int64_t kGrain = 1 << 14;

// Sixteen values side by side, which compilers turn into vector code.
constexpr std::int64_t kLanes = 16;

struct Row {
  float* scores;  // q . k on entry
  const float* by_row;
  const float* by_column;
  std::int64_t side;
  float scale;
};

// Scores -> probabilities times `sum`, which it returns as the logarithm of the sum of
// exponentials.
DSOCR_CLONES float softmax(const Row& row, float& sum) {
  const std::int64_t side = row.side, length = side * side;
  for (std::int64_t y = 0; y < side; ++y) {
    const float bias = row.by_row[y];
    float* scores = row.scores + y * side;
    for (std::int64_t x = 0; x < side; ++x)
      scores[x] = scores[x] * row.scale + (bias + row.by_column[x]);
  }
  float lanes[kLanes];
  for (float& lane : lanes) lane = -INFINITY;
  std::int64_t i = 0;
  for (; i + kLanes <= length; i += kLanes)
    for (std::int64_t lane = 0; lane < kLanes; ++lane)
      lanes[lane] = lanes[lane] < row.scores[i + lane] ? row.scores[i + lane] : lanes[lane];
  float largest = -INFINITY;
  for (const float lane : lanes) largest = std::max(largest, lane);
  for (; i < length; ++i) largest = std::max(largest, row.scores[i]);
  for (std::int64_t j = 0; j < length; ++j) row.scores[j] = exp_of(row.scores[j] - largest);
  for (float& lane : lanes) lane = 0;
  for (i = 0; i + kLanes <= length; i += kLanes)
    for (std::int64_t lane = 0; lane < kLanes; ++lane) lanes[lane] += row.scores[i + lane];
  sum = 0;
  for (const float lane : lanes) sum += lane;
  for (; i < length; ++i) sum += row.scores[i];
  return largest + std::log(sum);
}

// Scores -> probabilities; `gradient` of the probabilities -> that of the scores with their bias,
// whose sums go to the gradients of the biases. `mean` = sum of probability times gradient.
DSOCR_CLONES void softmax_backward(const Row& row, float log_sum, float mean, float* gradient,
                                   float* to_row, float* to_column) {
  const std::int64_t side = row.side;
  for (std::int64_t x = 0; x < side; ++x) to_column[x] = 0;
  for (std::int64_t y = 0; y < side; ++y) {
    const float bias = row.by_row[y] - log_sum;
    float* scores = row.scores + y * side;
    float* gradients = gradient + y * side;
    for (std::int64_t x = 0; x < side; ++x) {
      const float shifted = scores[x] * row.scale + (bias + row.by_column[x]);
      scores[x] = exp_of(shifted);
      gradients[x] = scores[x] * (gradients[x] - mean);
      to_column[x] += gradients[x];
    }
    float sum = 0;
    float lanes[kLanes] = {};
    std::int64_t x = 0;
    for (; x + kLanes <= side; x += kLanes)
      for (std::int64_t lane = 0; lane < kLanes; ++lane) lanes[lane] += gradients[x + lane];
    for (const float lane : lanes) sum += lane;
    for (; x < side; ++x) sum += gradients[x];
    to_row[y] = sum;
  }
}

// Heads [first, first + heads) and their queries [begin, begin + rows).
struct Block {
  std::int64_t first, heads, begin, rows;

  at::Tensor of(const at::Tensor& x) const {
    return x.narrow(0, first, heads).narrow(1, begin, rows);
  }
  at::Tensor all_of(const at::Tensor& x) const { return x.narrow(0, first, heads); }
};

// A thread has whole heads, whose blocks follow each other.
template <class Work>
void for_each_block(std::int64_t heads, std::int64_t length, const Work& work) {
  const std::int64_t together = std::max<std::int64_t>(1, kBlockElements / (length * length));
  const std::int64_t rows = std::min(length, std::max<std::int64_t>(1, kBlockElements / length));
  at::parallel_for(0, heads, 1, [&](std::int64_t begin, std::int64_t end) {
    const at::NoGradGuard no_grad;
    for (std::int64_t first = begin; first < end; first += together)
      for (std::int64_t row = 0; row < length; row += rows)
        work(Block{first, std::min(together, end - first), row, std::min(rows, length - row)});
  });
}

struct Inputs {
  at::Tensor q, k, v, by_row, by_column;
  float scale;

  Inputs(const at::Tensor& q_in, const at::Tensor& k_in, const at::Tensor& v_in,
         const at::Tensor& by_row_in, const at::Tensor& by_column_in)
      : q(q_in.detach().contiguous()),
        k(k_in.detach().contiguous()),
        v(v_in.detach().contiguous()),
        by_row(by_row_in.detach().contiguous()),
        by_column(by_column_in.detach().contiguous()),
        scale(static_cast<float>(1 / std::sqrt(static_cast<double>(q.size(2))))) {}

  std::int64_t heads() const { return q.size(0); }
  std::int64_t length() const { return q.size(1); }
  std::int64_t side() const { return by_row.size(2); }

  at::Tensor scores(const Block& block) const {
    return at::bmm(block.of(q), block.all_of(k).transpose(1, 2));
  }
  // Visits the rows of a block with the number of each among all N x L.
  template <class Visit>
  void rows(const Block& block, float* scores, const Visit& visit) const {
    for (std::int64_t head = 0; head < block.heads; ++head)
      for (std::int64_t i = 0; i < block.rows; ++i) {
        const std::int64_t place = head * block.rows + i;
        const std::int64_t number = (block.first + head) * length() + block.begin + i;
        visit(Row{scores + place * length(), by_row.const_data_ptr<float>() + number * side(),
                  by_column.const_data_ptr<float>() + number * side(), side(), scale},
              place, number);
      }
  }
};

class GridAttention : public torch::autograd::Function<GridAttention> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& q,
                            const at::Tensor& k, const at::Tensor& v, const at::Tensor& by_row,
                            const at::Tensor& by_column) {
    const Inputs in(q, k, v, by_row, by_column);
    at::Tensor out = at::empty_like(in.q);
    const at::Tensor log_sums = at::empty({in.heads(), in.length()}, in.q.options());
    for_each_block(in.heads(), in.length(), [&](const Block& block) {
      at::Tensor scores = in.scores(block);
      const at::Tensor shares = at::empty({block.heads, block.rows, 1}, scores.options());
      in.rows(block, scores.data_ptr<float>(),
              [&](const Row& row, std::int64_t place, std::int64_t number) {
                float sum = 0;
                log_sums.data_ptr<float>()[number] = softmax(row, sum);
                shares.data_ptr<float>()[place] = 1 / sum;
              });
      block.of(out).copy_(at::bmm(scores, block.all_of(in.v)).mul_(shares));
    });
    context->save_for_backward({in.q, in.k, in.v, in.by_row, in.by_column, out, log_sums});
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const Inputs in(saved[0], saved[1], saved[2], saved[3], saved[4]);
    const at::Tensor to_out = gradients[0].contiguous();
    const at::Tensor means = at::mul(to_out, saved[5]).sum(-1).contiguous();
    const at::Tensor to_q = at::empty_like(in.q), to_k = at::empty_like(in.k),
                     to_v = at::empty_like(in.v), to_row = at::empty_like(in.by_row),
                     to_column = at::empty_like(in.by_column);
    const float* log_sums = saved[6].const_data_ptr<float>();
    for_each_block(in.heads(), in.length(), [&](const Block& block) {
      at::Tensor scores = in.scores(block);
      at::Tensor changes = at::bmm(block.of(to_out), block.all_of(in.v).transpose(1, 2));
      in.rows(block, scores.data_ptr<float>(),
              [&](const Row& row, std::int64_t place, std::int64_t number) {
                softmax_backward(row, log_sums[number], means.const_data_ptr<float>()[number],
                                 changes.data_ptr<float>() + place * in.length(),
                                 to_row.data_ptr<float>() + number * in.side(),
                                 to_column.data_ptr<float>() + number * in.side());
              });
      // Sums over the blocks of a head's queries.
      const double before = block.begin == 0 ? 0 : 1;
      block.all_of(to_v).baddbmm_(scores.transpose(1, 2), block.of(to_out), before, 1);
      block.all_of(to_k).baddbmm_(changes.transpose(1, 2), block.of(in.q), before, in.scale);
      at::Tensor part = block.of(to_q);
      part.copy_(at::bmm(changes, block.all_of(in.k)).mul_(in.scale));
    });
    return {to_q, to_k, to_v, to_row, to_column};
  }
};

// The biases of one query: S times S of them.
template <class T>
[[gnu::always_inline]] inline void add_biases(const T* by_row, const T* by_column,
                                              std::int64_t side, T* bias) {
  for (std::int64_t y = 0; y < side; ++y, bias += side) {
    const float of_row = wide(by_row[y]);
    for (std::int64_t x = 0; x < side; ++x) put(of_row + wide(by_column[x]), bias[x]);
  }
}
DSOCR_CLONES void biases(const float* by_row, const float* by_column, std::int64_t side,
                         float* bias) {
  add_biases(by_row, by_column, side, bias);
}
DSOCR_CLONES void biases(const Bfloat16Bits* by_row, const Bfloat16Bits* by_column,
                         std::int64_t side, Bfloat16Bits* bias) {
  add_biases(by_row, by_column, side, bias);
}

template <class T>
void all_biases(const void* by_row, const void* by_column, std::int64_t queries, std::int64_t side,
                void* bias) {
  const auto *rows = static_cast<const T*>(by_row), *columns = static_cast<const T*>(by_column);
  auto* out = static_cast<T*>(bias);
  at::parallel_for(0, queries, std::max<std::int64_t>(1, kGrain / (side * side)),
                   [=](std::int64_t begin, std::int64_t end) {
                     for (std::int64_t i = begin; i < end; ++i)
                       biases(rows + i * side, columns + i * side, side, out + i * side * side);
                   });
}

}  // namespace

bool is_grid_attention(const at::Tensor& q_NLC) {
  return q_NLC.is_cpu() && q_NLC.scalar_type() == at::kFloat && at::GradMode::is_enabled() &&
         q_NLC.requires_grad();
}

at::Tensor grid_attention(const at::Tensor& q_NLC, const at::Tensor& k_NLC, const at::Tensor& v_NLC,
                          const at::Tensor& by_row_NLS, const at::Tensor& by_column_NLS) {
  return GridAttention::apply(q_NLC, k_NLC, v_NLC, by_row_NLS, by_column_NLS);
}

void add_grid_bias(const at::Tensor& by_row, const at::Tensor& by_column, const at::Tensor& bias) {
  const std::int64_t queries = by_row.size(0) * by_row.size(1), side = by_row.size(2);
  TORCH_CHECK(by_row.is_contiguous() && by_column.is_contiguous() && bias.is_contiguous() &&
                  by_column.sizes() == by_row.sizes() && bias.numel() == queries * side * side,
              "expected biases [N, L, S] and a place [N, L, L], got ", by_row.sizes(), ", ",
              by_column.sizes(), " and ", bias.sizes());
  const auto add =
      by_row.scalar_type() == at::kFloat ? all_biases<float> : all_biases<Bfloat16Bits>;
  add(by_row.const_data_ptr(), by_column.const_data_ptr(), queries, side, bias.mutable_data_ptr());
}

}  // namespace dsocr::model
