#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "data/image/image.h"

namespace dsocr::data {

/// Rows that a horizontal kernel works on at once.
inline constexpr std::int64_t kRowBlock = 16;
/// Bits after the point of a weight.
inline constexpr int kWeightBits = 22;

/// The input pixels of one output pixel along an axis, and where their weights start in a table.
struct Taps {
  std::int32_t first;
  std::int32_t count;
  const std::int32_t* weights;  // `count` of them, kWeightBits after the point
};

/// The inner loops of `resize` for one instruction set. All of them give the same bytes.
struct ResizeKernels {
  std::string_view name;
  /// out[x][lane] = sum of weight * in[pixel][lane] for each of the three channels. `in` and `out`
  /// hold kRowBlock rows side by side: byte (3 * pixel + channel) * kRowBlock + lane.
  void (*horizontal)(std::span<const Taps> taps, const std::uint8_t* in, std::uint8_t* out);
  /// out[i] = sum of weight * rows[(taps.first + k) * stride + i], for i below `stride`.
  void (*vertical)(const Taps& taps, const std::uint8_t* rows, std::int64_t stride,
                   std::uint8_t* out);
};

/// The kernels that this CPU can run, the fastest one last.
std::span<const ResizeKernels> resize_kernels();

/// `resize` with the kernels of the caller's choice.
Image resize_with(const ResizeKernels& kernels, const Image& image, std::int64_t width,
                  std::int64_t height);

}  // namespace dsocr::data
