#pragma once

#include <array>
#include <opencv2/core.hpp>
#include <vector>

#include "data/label/ppocr/network.h"

namespace dsocr::data {

/// Corners of a line of text in whole pixels: left top, right top, right bottom, left bottom as the
/// line lies on the page.
using Quad = std::array<cv::Point2f, 4>;

/// Finds lines of text by PP-OCR's detection network (differentiable binarization, arXiv:
/// 1911.08947): what it is sure of becomes outlines, each outline the smallest rectangle around it,
/// grown by the share that training made it smaller.
class TextDetector {
 public:
  /// Throws what Network throws.
  explicit TextDetector(const NetworkFile& file) : network_(file) {}

  /// Lines of an 8-bit RGB picture, in no order that means anything.
  std::vector<Quad> detect(const cv::Mat& rgb);

  const Network& network() const { return network_; }

 private:
  Network network_;
};

/// The lines that a map of probabilities (CV_32F, of `to` scaled to its own size) shows, in pixels
/// of a picture of size `to`.
std::vector<Quad> find_lines(const cv::Mat& probability, cv::Size to);

}  // namespace dsocr::data
