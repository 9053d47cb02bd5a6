#include "data/image/resize.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <optional>
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

// Memory that need not be filled before it is written.
struct Scratch {
  std::unique_ptr<std::uint8_t[]> bytes;
  explicit Scratch(std::size_t size) : bytes(new std::uint8_t[size]) {}
};

void copy_rows(const std::uint8_t* rows, const Window& window, Image& target) {
  for (std::int64_t y = 0; y < window.height; ++y)
    std::copy_n(rows + 3 * y * window.width, 3 * window.width,
                target.rgb.data() + 3 * ((window.y + y) * target.width + window.x));
}

// The vertical pass, over rows that the horizontal one makes a few at a time where there is one:
// what it makes is still in the cache then.
void resize_down(const ResizeKernels& kernels, const Image& image, const HorizontalPass& across,
                 const Window& window, Image& target) {
  constexpr std::int64_t kRowsAhead = 48;
  const Axis axis(image.height, window.height);
  std::int64_t most = 0;
  for (const Taps& taps : axis.taps) most = std::max<std::int64_t>(most, taps.count);
  const auto in_stride = static_cast<std::size_t>(image.width * 3);
  const auto stride = static_cast<std::size_t>(window.width * 3);
  const Scratch narrow(across ? static_cast<std::size_t>(most + kRowsAhead) * stride : 0);
  // The image's rows that stand in `narrow`, or all of them.
  std::int64_t begin = 0, end = across ? 0 : image.height;
  std::uint8_t* out = target.rgb.data() + 3 * (window.y * target.width + window.x);
  for (Taps taps : axis.taps) {
    if (taps.first + taps.count > end) {
      const std::int64_t kept = std::max<std::int64_t>(0, end - taps.first);
      std::memmove(narrow.bytes.get(),
                   narrow.bytes.get() + static_cast<std::size_t>(end - kept - begin) * stride,
                   static_cast<std::size_t>(kept) * stride);
      begin = taps.first;
      end = std::min(image.height, begin + most + kRowsAhead);
      const auto first = static_cast<std::size_t>(begin + kept);
      across(
          {image.rgb.data() + first * in_stride, in_stride, static_cast<std::size_t>(end) - first},
          narrow.bytes.get() + static_cast<std::size_t>(kept) * stride);
    }
    taps.first -= static_cast<std::int32_t>(begin);
    kernels.vertical(taps, across ? narrow.bytes.get() : image.rgb.data(), stride, out);
    out += 3 * target.width;
  }
}

}  // namespace

void resize_into(const ResizeKernels& kernels, const Image& image, const Window& window,
                 Image& target) {
  const auto is_side = [](std::int64_t side) { return side > 0 && side <= kMaxSide; };
  if (!is_side(image.width) || !is_side(image.height) || !is_side(window.width) ||
      !is_side(window.height)) {
    const auto size = [](std::int64_t w, std::int64_t h) {
      return std::to_string(w) + "x" + std::to_string(h);
    };
    throw DataError({}, "",
                    "an image of " + size(image.width, image.height) +
                        " pixels cannot be scaled to " + size(window.width, window.height),
                    /*recoverable=*/true);
  }
  const auto in_stride = static_cast<std::size_t>(image.width * 3);
  const auto stride = static_cast<std::size_t>(window.width * 3);
  const std::optional<Axis> across =
      window.width != image.width ? std::optional<Axis>(std::in_place, image.width, window.width)
                                  : std::nullopt;
  const HorizontalPass pass = across ? kernels.horizontal(across->taps) : HorizontalPass();
  if (window.height != image.height) {
    resize_down(kernels, image, pass, window, target);
  } else if (pass) {
    const Scratch rows(static_cast<std::size_t>(image.height) * stride);
    pass({image.rgb.data(), in_stride, static_cast<std::size_t>(image.height)}, rows.bytes.get());
    copy_rows(rows.bytes.get(), window, target);
  } else {
    copy_rows(image.rgb.data(), window, target);
  }
}

Image resize_with(const ResizeKernels& kernels, const Image& image, std::int64_t width,
                  std::int64_t height) {
  Image out{.width = width, .height = height};
  if (width > 0 && height > 0 && width <= kMaxSide && height <= kMaxSide)
    out.rgb.resize(static_cast<std::size_t>(width * height * 3));
  resize_into(kernels, image, {0, 0, width, height}, out);
  return out;
}

void resize_into(const Image& image, const Window& window, Image& target) {
  resize_into(resize_kernels().back(), image, window, target);
}

Image resize(const Image& image, std::int64_t width, std::int64_t height) {
  return resize_with(resize_kernels().back(), image, width, height);
}

}  // namespace dsocr::data
