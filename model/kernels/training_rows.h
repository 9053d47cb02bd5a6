#pragma once

#include <ATen/core/Tensor.h>

// What stands between the products of the decoder in training: each one pass over memory forwards
// and one backwards, where torch's functions make several. The bits do not depend on the number of
// threads. Gradients of gradients are not to be had.
namespace dsocr::model {

/// Whether x is for them: float32 on the CPU, a gradient wanted.
bool is_training_rows(const at::Tensor& x);

/// RmsNorm (layers.h) of the last axis of x [..., size]; weight [size].
at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps);

/// The heads of x [B, T, H C] turned by rotary angles, half-split: channel j with channel j + C
/// / 2. cos and sin [B or 1, 1, T, C], the same in both halves.
at::Tensor rotated(const at::Tensor& x_BTD, const at::Tensor& cos_B1TC, const at::Tensor& sin_B1TC);

/// silu(gates) * ups, of one shape.
at::Tensor silu_product(const at::Tensor& gates, const at::Tensor& ups);

/// Whether attention of q [B, H, T, C] is one for short_attention: training, and scores that fit.
bool is_short_attention(const at::Tensor& q_BHTC, const at::Tensor& k_BHTC);

/// Scaled dot-product attention by products of whole batches, where torch's goes block by block: at
/// a few hundred tokens the calls cost more than the sums. `mask` bool [B or 1, 1, T, T] of what is
/// seen, undefined: all.
at::Tensor short_attention(const at::Tensor& q_BHTC, const at::Tensor& k_BHTC,
                           const at::Tensor& v_BHTC, const at::Tensor& mask);

}  // namespace dsocr::model
