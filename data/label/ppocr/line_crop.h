#pragma once

#include <opencv2/core.hpp>

#include "data/label/ppocr/text_detector.h"

namespace dsocr::data {

/// A line of text cut out of a page so that it lies level, and the way back to the page.
struct LineCrop {
  cv::Mat rgb = {};          // 8-bit RGB
  cv::Matx33d to_page = {};  // places in the crop to places in the picture that it was cut from
};

/// The line straightened. One that stands upright is laid on its left side, as a column of Chinese
/// characters is for the recogniser.
LineCrop cut_out(const cv::Mat& page, const Quad& line);

/// The crop turned by half a turn.
LineCrop half_turned(const LineCrop& crop);

/// Where a place in the crop lies in the picture.
cv::Point2f to_page(const LineCrop& crop, cv::Point2f place);

}  // namespace dsocr::data
