#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include "data/image/resize.h"

namespace dsocr::data {

/// Bits after the point of a weight.
inline constexpr int kWeightBits = 22;

/// The input pixels of one output pixel along an axis, and where their weights start in a table.
struct Taps {
  std::int32_t first;
  std::int32_t count;
  const std::int32_t* weights;  // `count` of them, kWeightBits after the point
};

/// Rows of RGB pixels without room between them.
struct Rows {
  const std::uint8_t* bytes;
  std::size_t stride;  // bytes of a row
  std::size_t count;
};

using HorizontalPass = std::function<void(const Rows& rows, std::uint8_t* out)>;

/// The inner loops of `resize` for one instruction set. All of them give the same bytes.
struct ResizeKernels {
  std::string_view name;
  /// What scales rows, as often as it is called: of each channel, out[x] = sum of weight *
  /// in[pixel]. The taps must outlive it.
  HorizontalPass (*horizontal)(std::span<const Taps> taps);
  /// One row: out[i] = sum of weight * rows[(taps.first + k) * stride + i], for i below `stride`.
  void (*vertical)(const Taps& taps, const std::uint8_t* rows, std::size_t stride,
                   std::uint8_t* out);
};

/// The kernels that this CPU can run, the fastest one last.
std::span<const ResizeKernels> resize_kernels();

/// `resize_into` and `resize` with the kernels of the caller's choice.
void resize_into(const ResizeKernels& kernels, const Image& image, const Window& window,
                 Image& target);
Image resize_with(const ResizeKernels& kernels, const Image& image, std::int64_t width,
                  std::int64_t height);

}  // namespace dsocr::data
