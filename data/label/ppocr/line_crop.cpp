#include "data/label/ppocr/line_crop.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

namespace dsocr::data {
namespace {

constexpr double kUpright = 1.5;  // height to width

}  // namespace

LineCrop cut_out(const cv::Mat& page, const Quad& line) {
  const auto longer = [](double a, double b) { return static_cast<int>(std::max(a, b)); };
  const int width = longer(cv::norm(line[0] - line[1]), cv::norm(line[2] - line[3]));
  const int height = longer(cv::norm(line[0] - line[3]), cv::norm(line[1] - line[2]));
  const auto right = static_cast<float>(width);
  const auto bottom = static_cast<float>(height);
  const Quad level = {cv::Point2f{0, 0}, {right, 0}, {right, bottom}, {0, bottom}};
  const cv::Matx33d from_page = cv::getPerspectiveTransform(line.data(), level.data());
  LineCrop crop{.rgb = {}, .to_page = from_page.inv()};
  cv::warpPerspective(page, crop.rgb, from_page, {width, height}, cv::INTER_CUBIC,
                      cv::BORDER_REPLICATE);
  if (height >= kUpright * width) {
    cv::rotate(crop.rgb, crop.rgb, cv::ROTATE_90_COUNTERCLOCKWISE);
    // x of the upright line is its width less y here, y is x.
    crop.to_page = crop.to_page * cv::Matx33d(0, -1, width, 1, 0, 0, 0, 0, 1);
  }
  return crop;
}

LineCrop half_turned(const LineCrop& crop) {
  LineCrop turned;
  cv::rotate(crop.rgb, turned.rgb, cv::ROTATE_180);
  turned.to_page = crop.to_page * cv::Matx33d(-1, 0, crop.rgb.cols, 0, -1, crop.rgb.rows, 0, 0, 1);
  return turned;
}

cv::Point2f to_page(const LineCrop& crop, cv::Point2f place) {
  const cv::Vec3d there = crop.to_page * cv::Vec3d(place.x, place.y, 1);
  return {static_cast<float>(there[0] / there[2]), static_cast<float>(there[1] / there[2])};
}

}  // namespace dsocr::data
