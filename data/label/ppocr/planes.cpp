#include "data/label/ppocr/planes.h"

#include <array>

namespace dsocr::data {

Planes to_planes(const cv::Mat& rgb, const Normalisation& normalisation, int height, int width) {
  CV_Assert(rgb.type() == CV_8UC3 && rgb.rows <= height && rgb.cols <= width);
  const auto rows = static_cast<std::size_t>(height);
  const auto columns = static_cast<std::size_t>(width);
  Planes planes{.height = rows, .width = columns, .values = {}};
  planes.values.resize(3 * rows * columns);
  for (int plane = 0; plane < 3; ++plane) {
    std::array<float, 256> normal{};
    for (std::size_t value = 0; value < normal.size(); ++value) {
      normal.at(value) =
          static_cast<float>((static_cast<double>(value) / 255 - normalisation.mean[plane]) /
                             normalisation.deviation[plane]);
    }
    for (int y = 0; y < rgb.rows; ++y) {
      const auto* from = rgb.ptr<cv::Vec3b>(y);
      float* to = planes.values.data() +
                  (static_cast<std::size_t>(plane) * rows + static_cast<std::size_t>(y)) * columns;
      for (int x = 0; x < rgb.cols; ++x) to[x] = normal[from[x][2 - plane]];
    }
  }
  return planes;
}

cv::Mat view_of(const Image& image) {
  // cv::Mat has no form for constant pixels.
  auto* pixels = const_cast<std::uint8_t*>(image.rgb.data());  // NOLINT
  return {static_cast<int>(image.height), static_cast<int>(image.width), CV_8UC3, pixels};
}

}  // namespace dsocr::data
