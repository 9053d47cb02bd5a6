#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>

#include "data/image/resize.h"
#include "data/image/resize_kernels.h"
#include "tests/support/thrown.h"

namespace dsocr::data {
namespace {

Image noise(std::int64_t width, std::int64_t height, std::mt19937& random) {
  Image image{width, height, std::vector<std::uint8_t>(static_cast<size_t>(3 * width * height))};
  // Long runs of black and white make sums leave 0..255, single values test the rounding.
  for (size_t i = 0; i < image.rgb.size(); ++i) {
    const auto draw = random();
    image.rgb[i] = static_cast<std::uint8_t>(draw % 4 == 0 ? draw >> 8 : draw & 16 ? 255 : 0);
  }
  return image;
}

double cubic(double x) {
  x = std::abs(x);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * -0.5;
  return 0;
}

// One pass of the specification, along x or along y.
Image pass(const Image& in, std::int64_t out_side, bool along_x) {
  const std::int64_t in_side = along_x ? in.width : in.height;
  if (in_side == out_side) return in;
  Image out{along_x ? out_side : in.width, along_x ? in.height : out_side, {}};
  const double scale = static_cast<double>(in_side) / static_cast<double>(out_side);
  const double f = std::max(scale, 1.0);
  for (std::int64_t y = 0; y < out.height; ++y) {
    for (std::int64_t x = 0; x < out.width; ++x) {
      const double centre = (static_cast<double>(along_x ? x : y) + 0.5) * scale;
      const double from = centre - 2 * f + 0.5;
      const double to = centre + 2 * f + 0.5;
      const auto low = std::max<std::int64_t>(0, static_cast<std::int64_t>(from));
      const auto high = std::min(in_side, static_cast<std::int64_t>(to));
      std::vector<double> weights;
      double sum = 0;
      for (std::int64_t i = low; i < high; ++i) {
        weights.push_back(cubic((static_cast<double>(i) - centre + 0.5) * (1 / f)));
        sum += weights.back();
      }
      for (std::int64_t channel = 0; channel < 3; ++channel) {
        std::int64_t value = 1 << 21;
        for (std::int64_t i = low; i < high; ++i) {
          const double weight = weights[static_cast<size_t>(i - low)] / sum * (1 << 22);
          const std::int64_t at = along_x ? y * in.width + i : i * in.width + x;
          value += static_cast<std::int64_t>(weight < 0 ? weight - 0.5 : weight + 0.5) *
                   in.rgb[static_cast<size_t>(3 * at + channel)];
        }
        out.rgb.push_back(static_cast<std::uint8_t>(std::clamp<std::int64_t>(value >> 22, 0, 255)));
      }
    }
  }
  return out;
}

std::string size_text(const Image& in, std::int64_t width, std::int64_t height) {
  return std::to_string(in.width) + "x" + std::to_string(in.height) + " to " +
         std::to_string(width) + "x" + std::to_string(height);
}

TEST(Resize, EqualsTheSpecificationWithEveryKernel) {
  std::mt19937 random(7);
  const std::int64_t sides[] = {1, 2, 3, 5, 15, 16, 17, 31, 48, 63, 100, 133};
  const auto side = [&] { return sides[random() % std::size(sides)]; };
  for (int trial = 0; trial < 300; ++trial) {
    const Image in = noise(side(), side(), random);
    const std::int64_t width = trial % 5 == 0 ? in.width : side();
    const std::int64_t height = trial % 7 == 0 ? in.height : side();
    const Image expected = pass(pass(in, width, true), height, false);
    for (const ResizeKernels& kernels : resize_kernels())
      EXPECT_EQ(resize_with(kernels, in, width, height), expected)
          << size_text(in, width, height) << " with " << kernels.name;
  }
}

TEST(Resize, StrongReductionsAndEnlargements) {
  std::mt19937 random(8);
  for (const auto& [in_width, in_height, width, height] :
       {std::array{3000, 2, 3, 5}, std::array{2, 3000, 5, 3}, std::array{1, 1, 40, 700},
        std::array{900, 5, 1, 1}}) {
    const Image in = noise(in_width, in_height, random);
    EXPECT_EQ(resize(in, width, height), pass(pass(in, width, true), height, false))
        << size_text(in, width, height);
  }
}

TEST(Resize, TheSameSizeIsACopy) {
  std::mt19937 random(9);
  const Image in = noise(19, 7, random);
  EXPECT_EQ(resize(in, 19, 7), in);
}

TEST(Resize, ThereIsAKernelForEveryCpu) {
  ASSERT_FALSE(resize_kernels().empty());
  EXPECT_EQ(resize_kernels()[0].name, "baseline");
}

TEST(Resize, RefusesSidesThatAreNone) {
  std::mt19937 random(1);
  const Image in = noise(4, 4, random);
  EXPECT_EQ(test::thrown_message([&] { resize(in, 0, 5); }),
            "an image of 4x4 pixels cannot be scaled to 0x5");
  EXPECT_EQ(test::thrown_message([&] { resize(Image{}, 5, 5); }),
            "an image of 0x0 pixels cannot be scaled to 5x5");
  EXPECT_EQ(test::thrown_message([&] { resize(in, 5, kMaxSide + 1); }),
            "an image of 4x4 pixels cannot be scaled to 5x1000001");
}

}  // namespace
}  // namespace dsocr::data
