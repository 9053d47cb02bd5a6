#pragma once

#include <ATen/core/Tensor.h>

namespace dsocr::model {

/// Whether step_attention() does this: float32 or bfloat16 on the CPU, one query, as many heads of
/// keys as of queries, contiguous entries, no gradients asked for.
bool is_step_attention(const at::Tensor& q_BH1C, const at::Tensor& keys_BHSC);

/// Softmax attention of one token per sequence to its cache, scale 1 / sqrt(C): q [B, H, 1, C],
/// keys and values [B, H, S, C], mask [B, 1, 1, S] bool or undefined -> [B, 1, H * C]. Scores,
/// softmax and sums in float32. Masked entries are not looked at, so that a row's bits depend on
/// nothing but its own entries.
at::Tensor step_attention(const at::Tensor& q_BH1C, const at::Tensor& keys_BHSC,
                          const at::Tensor& values_BHSC, const at::Tensor& mask_B11S);

}  // namespace dsocr::model
