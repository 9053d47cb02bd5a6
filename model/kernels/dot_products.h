#pragma once

#include <c10/util/BFloat16.h>

#include <cstdint>
#include <span>

namespace dsocr::model {

/// Weight rows that one call multiplies at most.
inline constexpr std::int64_t kDotRows = 4;

/// sums[i] = x . (weight + i * size) for i < rows <= kDotRows, in float32.
template <class T>
using DotProducts = void (*)(const T* x, const T* weight, std::int64_t size, std::int64_t rows,
                             float* sums);

/// The fastest one that this CPU runs.
DotProducts<float> dot_products_float32();
DotProducts<c10::BFloat16> dot_products_bfloat16();

/// sums[r * kDotRows + i] = (x + r * size) . (weight + i * size) for r < rows <= kDotRows and
/// i < kDotRows, summed in another order than row by row.
using DotBlock = void (*)(const c10::BFloat16* x, std::int64_t rows, const c10::BFloat16* weight,
                          std::int64_t size, float* sums);

/// Null where this CPU has nothing faster than row by row.
DotBlock dot_block_bfloat16();

/// All that this CPU runs, slowest first; for tests.
std::span<const DotProducts<float>> all_dot_products_float32();
std::span<const DotProducts<c10::BFloat16>> all_dot_products_bfloat16();

}  // namespace dsocr::model
