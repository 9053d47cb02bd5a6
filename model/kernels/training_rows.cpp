#include "model/kernels/training_rows.h"

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>

#include "model/kernels/clones.h"
#include "model/kernels/vector_exp.h"

namespace dsocr::model {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Elements that are worth a thread.
constexpr std::int64_t kGrain = 1 << 14;
// Parts whose gradients of a weight are summed apart: as many for any number of threads.
constexpr std::int64_t kParts = 16;
// Of attention: 64 MiB.
constexpr std::int64_t kMostScores = 1 << 24;
// Sums side by side, which compilers turn into vector code.
constexpr std::int64_t kLanes = 16;

template <class Term>
[[gnu::always_inline]] inline float sum_of(std::int64_t size, const Term& term) {
  float lanes[kLanes] = {};
  std::int64_t i = 0;
  for (; i + kLanes <= size; i += kLanes)
    for (std::int64_t lane = 0; lane < kLanes; ++lane) lanes[lane] += term(i + lane);
  float sum = 0;
  for (const float lane : lanes) sum += lane;
  for (; i < size; ++i) sum += term(i);
  return sum;
}

DSOCR_CLONES float normalise(const float* x, const float* weight, std::int64_t size, float eps,
                             float* out) {
  const float squares = sum_of(size, [=](std::int64_t i) { return x[i] * x[i]; });
  const float scale = 1.0F / std::sqrt(squares / static_cast<float>(size) + eps);
  for (std::int64_t i = 0; i < size; ++i) out[i] = x[i] * scale * weight[i];
  return scale;
}

// Adds to the weight's gradient, writes that of x.
DSOCR_CLONES void normalise_backward(const float* x, const float* weight, const float* to_out,
                                     std::int64_t size, float scale, float* to_x,
                                     float* to_weight) {
  const float along = sum_of(size, [=](std::int64_t i) { return to_out[i] * weight[i] * x[i]; });
  const float share = along * scale * scale / static_cast<float>(size);
  for (std::int64_t i = 0; i < size; ++i) {
    to_x[i] = scale * (to_out[i] * weight[i] - x[i] * share);
    to_weight[i] += to_out[i] * x[i] * scale;
  }
}

class RmsNormRows : public torch::autograd::Function<RmsNormRows> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x_in,
                            const at::Tensor& weight, double eps) {
    const at::Tensor x = x_in.contiguous();
    const std::int64_t size = x.size(-1), rows = x.numel() / size;
    at::Tensor out = at::empty_like(x), scales = at::empty({rows}, x.options());
    const auto *from = x.const_data_ptr<float>(), *by = weight.const_data_ptr<float>();
    float *to = out.data_ptr<float>(), *scale = scales.data_ptr<float>();
    at::parallel_for(0, rows, std::max<std::int64_t>(1, kGrain / size),
                     [&](std::int64_t begin, std::int64_t end) {
                       for (std::int64_t row = begin; row < end; ++row)
                         scale[row] = normalise(from + row * size, by, size,
                                                static_cast<float>(eps), to + row * size);
                     });
    context->save_for_backward({x, weight, scales});
    return out;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &weight = saved[1];
    const at::Tensor to_out = gradients[0].contiguous();
    const std::int64_t size = x.size(-1), rows = x.numel() / size;
    const std::int64_t per_part = std::max<std::int64_t>(1, (rows + kParts - 1) / kParts);
    at::Tensor to_x = at::empty_like(x), to_weight = at::zeros({kParts, size}, x.options());
    const auto *from = x.const_data_ptr<float>(), *by = weight.const_data_ptr<float>(),
               *scale = saved[2].const_data_ptr<float>(), *change = to_out.const_data_ptr<float>();
    float *x_change = to_x.data_ptr<float>(), *weight_change = to_weight.data_ptr<float>();
    at::parallel_for(0, kParts, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t part = begin; part < end; ++part)
        for (std::int64_t row = part * per_part; row < std::min(rows, (part + 1) * per_part); ++row)
          normalise_backward(from + row * size, by, change + row * size, size, scale[row],
                             x_change + row * size, weight_change + part * size);
    });
    return {to_x, to_weight.sum(0), at::Tensor()};
  }
};

DSOCR_CLONES void turn(const float* x, const float* cos, const float* sin, std::int64_t heads,
                       std::int64_t size, float sign, float* out) {
  const std::int64_t half = size / 2;
  for (std::int64_t head = 0; head < heads; ++head, x += size, out += size)
    for (std::int64_t j = 0; j < half; ++j) {
      const float low = x[j], high = x[j + half];
      out[j] = low * cos[j] - high * (sign * sin[j]);
      out[j + half] = high * cos[j] + low * (sign * sin[j]);
    }
}

// The turn back is that of the negative angles.
at::Tensor turned(const at::Tensor& x_in, const at::Tensor& cos, const at::Tensor& sin,
                  float sign) {
  const at::Tensor x = x_in.contiguous();
  const std::int64_t rows = x.size(0) * x.size(1), width = x.size(2), size = cos.size(-1);
  const std::int64_t angles = cos.numel() / size;  // of each row, or of each place
  at::Tensor out = at::empty_like(x);
  const auto *from = x.const_data_ptr<float>(), *cosines = cos.const_data_ptr<float>(),
             *sines = sin.const_data_ptr<float>();
  float* to = out.data_ptr<float>();
  at::parallel_for(0, rows, std::max<std::int64_t>(1, kGrain / width),
                   [&](std::int64_t begin, std::int64_t end) {
                     for (std::int64_t row = begin; row < end; ++row) {
                       const std::int64_t at = row % angles * size;
                       turn(from + row * width, cosines + at, sines + at, width / size, size, sign,
                            to + row * width);
                     }
                   });
  return out;
}

class Rotation : public torch::autograd::Function<Rotation> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& cos,
                            const at::Tensor& sin) {
    context->save_for_backward({cos, sin});
    return turned(x, cos, sin, 1);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    return {turned(gradients[0], saved[0], saved[1], -1), at::Tensor(), at::Tensor()};
  }
};

[[gnu::always_inline]] inline float sigmoid(float x) {
  const float small = exp_of(x < 0 ? x : -x);
  return (x < 0 ? small : 1.0F) / (1.0F + small);
}

DSOCR_CLONES void silu_product_of(const float* gates, const float* ups, std::int64_t count,
                                  float* out) {
  for (std::int64_t i = 0; i < count; ++i) out[i] = gates[i] * sigmoid(gates[i]) * ups[i];
}

DSOCR_CLONES void silu_product_backward(const float* gates, const float* ups, const float* to_out,
                                        std::int64_t count, float* to_gates, float* to_ups) {
  for (std::int64_t i = 0; i < count; ++i) {
    const float share = sigmoid(gates[i]);
    to_ups[i] = to_out[i] * gates[i] * share;
    to_gates[i] = to_out[i] * ups[i] * share * (1.0F + gates[i] * (1.0F - share));
  }
}

class SiluProduct : public torch::autograd::Function<SiluProduct> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& gates_in,
                            const at::Tensor& ups_in) {
    const at::Tensor gates = gates_in.contiguous(), ups = ups_in.contiguous();
    at::Tensor out = at::empty_like(gates);
    const auto *gate = gates.const_data_ptr<float>(), *up = ups.const_data_ptr<float>();
    float* to = out.data_ptr<float>();
    at::parallel_for(0, gates.numel(), kGrain, [&](std::int64_t begin, std::int64_t end) {
      silu_product_of(gate + begin, up + begin, end - begin, to + begin);
    });
    context->save_for_backward({gates, ups});
    return out;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor to_out = gradients[0].contiguous();
    at::Tensor to_gates = at::empty_like(to_out), to_ups = at::empty_like(to_out);
    const auto *gate = saved[0].const_data_ptr<float>(), *up = saved[1].const_data_ptr<float>(),
               *change = to_out.const_data_ptr<float>();
    float *gate_change = to_gates.data_ptr<float>(), *up_change = to_ups.data_ptr<float>();
    at::parallel_for(0, to_out.numel(), kGrain, [&](std::int64_t begin, std::int64_t end) {
      silu_product_backward(gate + begin, up + begin, change + begin, end - begin,
                            gate_change + begin, up_change + begin);
    });
    return {to_gates, to_ups};
  }
};

}  // namespace

bool is_training_rows(const at::Tensor& x) {
  return x.is_cpu() && x.scalar_type() == at::kFloat && at::GradMode::is_enabled() &&
         x.requires_grad() && x.numel() > 0;
}

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps) {
  TORCH_CHECK(weight.is_contiguous() && weight.numel() == x.size(-1), "expected a weight of ",
              x.size(-1), ", got ", weight.sizes());
  return RmsNormRows::apply(x, weight, eps);
}

at::Tensor rotated(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin) {
  const std::int64_t size = cos.size(-1), angles = cos.numel() / size;
  TORCH_CHECK(x.dim() == 3 && x.size(2) % size == 0 && cos.sizes() == sin.sizes() &&
                  (angles == x.size(1) || angles == x.size(0) * x.size(1)),
              "expected x [B, T, H C] and cos and sin [B or 1, 1, T, C], got ", x.sizes(), " and ",
              cos.sizes());
  return Rotation::apply(x, cos.contiguous(), sin.contiguous());
}

at::Tensor silu_product(const at::Tensor& gates, const at::Tensor& ups) {
  TORCH_CHECK(gates.sizes() == ups.sizes(), "expected gates and ups of one shape, got ",
              gates.sizes(), " and ", ups.sizes());
  return SiluProduct::apply(gates, ups);
}

bool is_short_attention(const at::Tensor& q, const at::Tensor& k) {
  const std::int64_t scores = q.size(0) * q.size(1) * q.size(2) * k.size(2);
  return is_training_rows(q) && scores <= kMostScores && q.size(1) == k.size(1);
}

at::Tensor short_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                           const at::Tensor& mask) {
  const double scale = 1 / std::sqrt(static_cast<double>(q.size(-1)));
  at::Tensor scores = at::matmul(q.mul(scale), k.transpose(-2, -1));
  if (mask.defined()) scores = scores.masked_fill(mask.logical_not(), -INFINITY);
  return at::matmul(scores.softmax(-1), v);
}

}  // namespace dsocr::model
