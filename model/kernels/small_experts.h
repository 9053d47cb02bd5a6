#pragma once

#include <ATen/core/Tensor.h>

// What stands between the products of a few rows of experts (kernels/small_linear.h). torch's own
// elementwise functions give the last elements of a tensor other bits than the rest, and those of
// a row would depend on its batch.
namespace dsocr::model {

/// gates = silu(gates) * ups, in place: contiguous, of one shape, float32 or bfloat16 on the CPU.
/// silu and product are computed in float32 and each rounded to the tensors' dtype.
void silu_times(at::Tensor& gates, const at::Tensor& ups);

/// out[n] = sum over k of weights[n, k] * rows[places[n K + k]]: rows [R, D] contiguous, float32 or
/// bfloat16 on the CPU, places int64 [N K], weights float32 [N, K] -> [N, D] of the rows' dtype.
/// Sums in float32, in the order of k.
at::Tensor weighted_rows(const at::Tensor& rows, const at::Tensor& places,
                         const at::Tensor& weights_NK);

}  // namespace dsocr::model
