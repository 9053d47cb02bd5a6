#pragma once

#include <ATen/core/Tensor.h>

// N heads, L = S x S positions of a grid, C head size.
namespace dsocr::model {

/// Whether grid_attention() does this: float32 on the CPU with gradients asked for.
bool is_grid_attention(const at::Tensor& q_NLC);

/// Softmax attention within grids, scale 1 / sqrt(C), where the score of the query n and the key
/// (y, x) has a bias of by_row[n, y] + by_column[n, x]: q, k and v [N, L, C], biases [N, L, S] ->
/// [N, L, C], with gradients for all five. Scores are made in blocks that stay in the cache, and
/// once more for the gradients: no N x L x L of them are ever in memory.
at::Tensor grid_attention(const at::Tensor& q_NLC, const at::Tensor& k_NLC, const at::Tensor& v_NLC,
                          const at::Tensor& by_row_NLS, const at::Tensor& by_column_NLS);

/// The biases of all pairs alone, where there are no gradients: by_row and by_column [N, L, S] ->
/// bias [N, L, L], all contiguous, float32 or bfloat16 on the CPU. Sums are rounded once.
void add_grid_bias(const at::Tensor& by_row_NLS, const at::Tensor& by_column_NLS,
                   const at::Tensor& bias_NLL);

}  // namespace dsocr::model
