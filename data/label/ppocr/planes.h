#pragma once

#include <cstddef>
#include <opencv2/core.hpp>
#include <vector>

#include "data/image/image.h"

namespace dsocr::data {

/// A picture as the networks take it: planes of blue, green and red, rows from top to bottom.
struct Planes {
  std::size_t height = 0, width = 0;
  std::vector<float> values = {};  // [3, height, width]
};

/// How a network wants its colours: (value / 255 - mean) / deviation, for blue, green and red.
struct Normalisation {
  cv::Vec3d mean, deviation;
};

/// `rgb` (8 bits) at the left top of planes of `height` x `width`; what lies beside it is 0.
Planes to_planes(const cv::Mat& rgb, const Normalisation& normalisation, int height, int width);

/// The pixels of an image for OpenCV, 8-bit RGB, only to be read. They live as long as the image.
cv::Mat view_of(const Image& image);

}  // namespace dsocr::data
