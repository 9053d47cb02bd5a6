#pragma once

#include <opencv2/core.hpp>

#include "data/image/image.h"

namespace dsocr::data {

/// A page in the size that lines are looked for and cut out in: at most 2000 pixels high and wide,
/// low pages with black above and below.
class TextPage {
 public:
  explicit TextPage(const Image& page);

  const cv::Mat& rgb() const { return rgb_; }
  /// A place of rgb() in pixels of the page, moved onto it.
  cv::Point2f on_page(cv::Point2f place) const;

 private:
  cv::Mat rgb_;        // 8-bit RGB
  cv::Size2f page_;    // pixels
  cv::Point2f scale_;  // pixels of the page to one of rgb_
  int top_ = 0;        // rows of black
};

/// Each side times `ratio`, rounded to a multiple of 32, at least 32.
cv::Size scaled_to_grid(cv::Size size, double ratio);

}  // namespace dsocr::data
