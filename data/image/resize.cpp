#include "data/image/resize.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "data/error.h"
#include "data/image/resize_kernels.h"

namespace dsocr::data {
namespace {

double bicubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
  if (x < 2.0) return (((x - 5) * x + 8) * x - 4) * a;
  return 0.0;
}

// The taps of every output pixel along one axis.
struct Axis {
  std::vector<std::int32_t> weights;
  std::vector<Taps> taps;  // point into `weights`

  Axis(const Axis&) = delete;
  Axis& operator=(const Axis&) = delete;
  Axis(std::int64_t in, std::int64_t out) {
    const double scale = static_cast<double>(in) / static_cast<double>(out);
    const double filter_scale = std::max(scale, 1.0);
    const double support = 2.0 * filter_scale;
    const auto capacity = static_cast<std::size_t>(std::ceil(support)) * 2 + 1;
    std::vector<double> exact(capacity);
    weights.resize(static_cast<std::size_t>(out) * capacity);
    taps.reserve(static_cast<std::size_t>(out));
    std::int32_t* next = weights.data();
    for (std::int64_t o = 0; o < out; ++o) {
      const double centre = (static_cast<double>(o) + 0.5) * scale;
      const double low = centre - support + 0.5;
      const double high = centre + support + 0.5;
      const auto first = std::max(std::int64_t{0}, static_cast<std::int64_t>(low));
      const auto last = std::min(in, static_cast<std::int64_t>(high));
      const auto count = static_cast<std::size_t>(last - first);
      double sum = 0.0;
      for (std::size_t k = 0; k < count; ++k) {
        const double position = static_cast<double>(static_cast<std::int64_t>(k) + first);
        exact[k] = bicubic((position - centre + 0.5) * (1.0 / filter_scale));
        sum += exact[k];
      }
      for (std::size_t k = 0; k < count; ++k) {
        const double weight = exact[k] / sum * (1 << kWeightBits);
        next[k] = static_cast<std::int32_t>(weight < 0 ? weight - 0.5 : weight + 0.5);
      }
      taps.push_back({static_cast<std::int32_t>(first), static_cast<std::int32_t>(count), next});
      next += count;
    }
  }
};

using Lane = std::uint8_t __attribute__((vector_size(kRowBlock)));
using Block = std::array<Lane, kRowBlock>;

// kRowBlock x kRowBlock bytes, rows to columns: four rounds of interleaving the first half of the
// rows with the second.
inline void transpose(Block& rows) {
  for (int round = 0; round < 4; ++round) {
    Block mixed;
    for (std::size_t i = 0; i < kRowBlock / 2; ++i) {
      const Lane& a = rows[i];
      const Lane& b = rows[i + kRowBlock / 2];
      mixed[2 * i] =
          __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      mixed[2 * i + 1] = __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29,
                                                 14, 30, 15, 31);
    }
    rows = mixed;
  }
}

// `count` rows of `stride` bytes to columns of kRowBlock bytes each, and back. Lanes beyond
// `count` hold nothing of use: no lane mixes with another.
void to_lanes(const std::uint8_t* rows, std::size_t stride, std::size_t count,
              std::uint8_t* lanes) {
  Block block{};
  for (std::size_t x = 0; x < stride; x += kRowBlock) {
    const std::size_t width = std::min<std::size_t>(kRowBlock, stride - x);
    if (width == kRowBlock && count == kRowBlock) {  // sizes that the compiler knows
      for (std::size_t y = 0; y < kRowBlock; ++y)
        std::memcpy(&block[y], rows + y * stride + x, kRowBlock);
    } else {
      for (std::size_t y = 0; y < count; ++y) std::memcpy(&block[y], rows + y * stride + x, width);
    }
    transpose(block);
    std::memcpy(lanes + x * kRowBlock, block.data(), width * kRowBlock);
  }
}

void from_lanes(const std::uint8_t* lanes, std::size_t stride, std::size_t count,
                std::uint8_t* rows) {
  Block block{};
  for (std::size_t x = 0; x < stride; x += kRowBlock) {
    const std::size_t width = std::min<std::size_t>(kRowBlock, stride - x);
    if (width == kRowBlock && count == kRowBlock) {
      std::memcpy(block.data(), lanes + x * kRowBlock, sizeof block);
      transpose(block);
      for (std::size_t y = 0; y < kRowBlock; ++y)
        std::memcpy(rows + y * stride + x, &block[y], kRowBlock);
    } else {
      std::memcpy(block.data(), lanes + x * kRowBlock, width * kRowBlock);
      transpose(block);
      for (std::size_t y = 0; y < count; ++y) std::memcpy(rows + y * stride + x, &block[y], width);
    }
  }
}

Image blank(std::int64_t width, std::int64_t height) {
  return {width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(width * height * 3))};
}

Image resize_rows(const ResizeKernels& kernels, const Axis& axis, const std::uint8_t* rows,
                  std::int64_t in_width, std::int64_t height) {
  Image out = blank(static_cast<std::int64_t>(axis.taps.size()), height);
  const auto in_stride = static_cast<std::size_t>(in_width * 3);
  const auto out_stride = static_cast<std::size_t>(out.width * 3);
  std::vector<std::uint8_t> in_lanes(in_stride * kRowBlock);
  std::vector<std::uint8_t> out_lanes(out_stride * kRowBlock);
  const auto num_rows = static_cast<std::size_t>(height);
  for (std::size_t y = 0; y < num_rows; y += kRowBlock) {
    const std::size_t count = std::min<std::size_t>(kRowBlock, num_rows - y);
    to_lanes(rows + y * in_stride, in_stride, count, in_lanes.data());
    kernels.horizontal(axis.taps, in_lanes.data(), out_lanes.data());
    from_lanes(out_lanes.data(), out_stride, count, out.rgb.data() + y * out_stride);
  }
  return out;
}

Image resize_columns(const ResizeKernels& kernels, const Axis& axis, const std::uint8_t* rows,
                     std::int64_t width) {
  Image out = blank(width, static_cast<std::int64_t>(axis.taps.size()));
  const std::int64_t stride = width * 3;
  std::uint8_t* target = out.rgb.data();
  for (const Taps& taps : axis.taps) {
    kernels.vertical(taps, rows, stride, target);
    target += stride;
  }
  return out;
}

}  // namespace

Image resize_with(const ResizeKernels& kernels, const Image& image, std::int64_t width,
                  std::int64_t height) {
  const auto is_side = [](std::int64_t side) { return side > 0 && side <= kMaxSide; };
  if (!is_side(image.width) || !is_side(image.height) || !is_side(width) || !is_side(height)) {
    const auto size = [](std::int64_t w, std::int64_t h) {
      return std::to_string(w) + "x" + std::to_string(h);
    };
    throw DataError({}, "",
                    "an image of " + size(image.width, image.height) +
                        " pixels cannot be scaled to " + size(width, height),
                    /*recoverable=*/true);
  }
  if (width == image.width && height == image.height) return image;
  if (height == image.height)
    return resize_rows(kernels, Axis(image.width, width), image.rgb.data(), image.width, height);
  Axis vertical(image.height, height);
  if (width == image.width) return resize_columns(kernels, vertical, image.rgb.data(), image.width);

  // Only the rows that the vertical pass reads.
  const std::int32_t first = vertical.taps.front().first;
  const std::int64_t last = vertical.taps.back().first + vertical.taps.back().count;
  for (Taps& taps : vertical.taps) taps.first -= first;
  const std::uint8_t* rows = image.rgb.data() + first * image.width * 3;
  const Image narrow =
      resize_rows(kernels, Axis(image.width, width), rows, image.width, last - first);
  return resize_columns(kernels, vertical, narrow.rgb.data(), width);
}

Image resize(const Image& image, std::int64_t width, std::int64_t height) {
  return resize_with(resize_kernels().back(), image, width, height);
}

}  // namespace dsocr::data
