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

/// All that this CPU runs, slowest first; for tests.
std::span<const DotProducts<float>> all_dot_products_float32();
std::span<const DotProducts<c10::BFloat16>> all_dot_products_bfloat16();

}  // namespace dsocr::model
