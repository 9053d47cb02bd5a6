#pragma once

#include <ATen/core/Tensor.h>

// What stands between the products of a decoding step (kernels/small_linear.h). Each would be
// several of torch's functions, whose calls cost more than their work; and torch's give the last
// elements of a tensor other bits than the rest, so that those of a row would depend on its batch.
namespace dsocr::model {

/// Most rows of a decoding step that these kernels take.
inline constexpr std::int64_t kSmallRows = 64;

/// Whether x [..., size] is for them: float32 or bfloat16 on the CPU, contiguous, at most
/// kSmallRows rows, no gradients asked for.
bool is_small_rows(const at::Tensor& x);

/// RmsNorm (layers.h) of the last axis of x; weight [size] of x's dtype.
at::Tensor rms_norm_rows(const at::Tensor& x, const at::Tensor& weight, double eps);

/// Turns the heads of x [B, 1, H C] in place by rotary angles, half-split: channel j with channel
/// j + C / 2; cos and sin [B, 1, 1, C] contiguous, of x's dtype. Each product and sum is rounded.
void rotate_rows(at::Tensor& x_B1D, const at::Tensor& cos_B11C, const at::Tensor& sin_B11C);

/// gates = silu(gates) * ups, in place: contiguous, of one shape, float32 or bfloat16 on the CPU.
/// silu and product are computed in float32 and each rounded to the tensors' dtype.
void silu_times(at::Tensor& gates, const at::Tensor& ups);

/// out[n] = sum over k of weights[n, k] * rows[places[n K + k]]: rows [R, D] contiguous, float32 or
/// bfloat16 on the CPU, places int64 [N K], weights float32 [N, K] -> [N, D] of the rows' dtype.
/// Sums in float32, in the order of k.
at::Tensor weighted_rows(const at::Tensor& rows, const at::Tensor& places,
                         const at::Tensor& weights_NK);

}  // namespace dsocr::model
