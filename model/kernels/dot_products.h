#pragma once

#include <c10/util/BFloat16.h>

#include <cstdint>
#include <span>

namespace dsocr::model {

/// Rows of x, and rows of the weight, that one call multiplies at most.
inline constexpr std::int64_t kDotRows = 4;

/// sums[r * kDotRows + i] = (x + r * size) . (weight + i * size) for r < x_rows <= kDotRows and
/// i < weight_rows <= kDotRows, in float32. The bits of a sum do not depend on x_rows; those of
/// fewer than kDotRows weight rows may differ from those of kDotRows.
template <class T>
using DotProducts = void (*)(const T* x, std::int64_t x_rows, const T* weight,
                             std::int64_t weight_rows, std::int64_t size, float* sums);

/// The fastest one that this CPU runs.
DotProducts<float> dot_products_float32();
DotProducts<c10::BFloat16> dot_products_bfloat16();

/// Whether this CPU has instructions for products of bfloat16: many rows then cost little more than
/// one.
bool has_bfloat16_products();

/// All that this CPU runs, slowest first; for tests.
std::span<const DotProducts<float>> all_dot_products_float32();
std::span<const DotProducts<c10::BFloat16>> all_dot_products_bfloat16();

}  // namespace dsocr::model
