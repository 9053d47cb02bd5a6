#include "data/label/ppocr/text_detector.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <optional>
#include <polyclipping/clipper.hpp>

#include "data/label/ppocr/text_page.h"

namespace dsocr::data {
namespace {

constexpr int kMinShortSide = 736;               // of what the network sees, small text needs it
constexpr int kMaxLongSide = 8 * kMinShortSide;  // a strip is not enlarged beyond it
const Normalisation kNormalisation{{0.5, 0.5, 0.5}, {0.5, 0.5, 0.5}};

constexpr double kPixelThreshold = 0.3;
constexpr double kLineThreshold = 0.5;  // mean probability within a line
constexpr double kGrowth = 1.6;         // area to length of the outline, times this
constexpr std::size_t kMaxOutlines = 1000;
constexpr float kMinSide = 3;       // pixels of the map
constexpr float kMinGrownSide = 5;  // pixels of the map
constexpr int kMinLineSide = 4;     // pixels of the page

struct Rectangle {
  Quad corners;
  float shorter_side;
};

// The smallest rectangle, its corners in the order of a Quad.
Rectangle smallest_rectangle(const std::vector<cv::Point>& points) {
  const cv::RotatedRect rectangle = cv::minAreaRect(points);
  Quad corners;
  rectangle.points(corners.data());
  std::stable_sort(corners.begin(), corners.end(),
                   [](const auto& a, const auto& b) { return a.x < b.x; });
  if (corners[1].y <= corners[0].y) std::swap(corners[0], corners[1]);
  if (corners[3].y <= corners[2].y) std::swap(corners[2], corners[3]);
  return {{corners[0], corners[2], corners[3], corners[1]},
          std::min(rectangle.size.width, rectangle.size.height)};
}

// Mean probability within the rectangle.
double mean_within(const cv::Mat& probability, const Quad& corners) {
  const auto [left, right] = std::minmax({corners[0].x, corners[1].x, corners[2].x, corners[3].x});
  const auto [top, bottom] = std::minmax({corners[0].y, corners[1].y, corners[2].y, corners[3].y});
  const auto column = [&](float x) {
    return std::clamp(static_cast<int>(x), 0, probability.cols - 1);
  };
  const auto row = [&](float y) {
    return std::clamp(static_cast<int>(y), 0, probability.rows - 1);
  };
  const cv::Point first(column(std::floor(left)), row(std::floor(top)));
  const cv::Point last(column(std::ceil(right)), row(std::ceil(bottom)));
  const cv::Rect around(first, last + cv::Point(1, 1));
  std::vector<cv::Point> outline;
  for (const auto& corner : corners)
    outline.emplace_back(static_cast<int>(corner.x - static_cast<float>(first.x)),
                         static_cast<int>(corner.y - static_cast<float>(first.y)));
  cv::Mat mask = cv::Mat::zeros(around.size(), CV_8U);
  cv::fillPoly(mask, outline, 1);
  return cv::mean(probability(around), mask)[0];
}

// The outline moved out on all sides, with round corners; empty when nothing is left of it.
std::vector<cv::Point> grow(const Quad& corners) {
  double area = 0;
  double length = 0;
  ClipperLib::Path path;
  for (std::size_t i = 0; i < corners.size(); ++i) {
    const cv::Point2d here = corners.at(i);
    const cv::Point2d next = corners.at((i + 1) % corners.size());
    area += here.cross(next) / 2;
    length += cv::norm(next - here);
    path << ClipperLib::IntPoint(static_cast<ClipperLib::cInt>(here.x),
                                 static_cast<ClipperLib::cInt>(here.y));
  }
  ClipperLib::ClipperOffset offset;
  offset.AddPath(path, ClipperLib::jtRound, ClipperLib::etClosedPolygon);
  ClipperLib::Paths grown;
  offset.Execute(grown, std::abs(area) * kGrowth / length);
  std::vector<cv::Point> points;
  for (const auto& part : grown)
    for (const auto& point : part)
      points.emplace_back(static_cast<int>(point.X), static_cast<int>(point.Y));
  return points;
}

// The corners, scaled by the size of the page to that of the map, in whole pixels on the page and
// in order; nothing for a line of next to no size.
std::optional<Quad> to_line(const Quad& corners, cv::Size from, cv::Size to) {
  const auto scaled = [](float value, int from_size, int to_size) {
    const float whole =
        std::nearbyint(value / static_cast<float>(from_size) * static_cast<float>(to_size));
    return std::clamp(whole, 0.0F, static_cast<float>(to_size));
  };
  Quad line;
  for (std::size_t i = 0; i < line.size(); ++i)
    line.at(i) = {scaled(corners.at(i).x, from.width, to.width),
                  scaled(corners.at(i).y, from.height, to.height)};
  const auto by_x = [](const auto& a, const auto& b) { return a.x < b.x; };
  const auto by_y = [](const auto& a, const auto& b) { return a.y < b.y; };
  std::stable_sort(line.begin(), line.end(), by_x);
  std::stable_sort(line.begin(), line.begin() + 2, by_y);
  std::stable_sort(line.begin() + 2, line.end(), by_y);
  line = {line[0], line[2], line[3], line[1]};
  for (auto& corner : line) {
    corner.x = std::min(corner.x, static_cast<float>(to.width - 1));
    corner.y = std::min(corner.y, static_cast<float>(to.height - 1));
  }
  const auto width = static_cast<int>(cv::norm(line[1] - line[0]));
  const auto height = static_cast<int>(cv::norm(line[3] - line[0]));
  if (std::min(width, height) < kMinLineSide) return std::nullopt;
  return line;
}

}  // namespace

std::vector<Quad> find_lines(const cv::Mat& probability, cv::Size to) {
  cv::Mat sure = probability > kPixelThreshold;
  cv::dilate(sure, sure, cv::Mat::ones(2, 2, CV_8U));
  std::vector<std::vector<cv::Point>> outlines;
  cv::findContours(sure, outlines, cv::RETR_LIST, cv::CHAIN_APPROX_SIMPLE);
  if (outlines.size() > kMaxOutlines) outlines.resize(kMaxOutlines);
  std::vector<Quad> lines;
  for (const auto& outline : outlines) {
    const Rectangle inner = smallest_rectangle(outline);
    if (inner.shorter_side < kMinSide) continue;
    if (mean_within(probability, inner.corners) < kLineThreshold) continue;
    const auto grown = grow(inner.corners);
    if (grown.empty()) continue;
    const Rectangle outer = smallest_rectangle(grown);
    if (outer.shorter_side < kMinGrownSide) continue;
    if (const auto line = to_line(outer.corners, probability.size(), to)) lines.push_back(*line);
  }
  return lines;
}

std::vector<Quad> TextDetector::detect(const cv::Mat& rgb) {
  const int shorter = std::min(rgb.rows, rgb.cols);
  const int longer = std::max(rgb.rows, rgb.cols);
  const double ratio = std::max(1.0, std::min(static_cast<double>(kMinShortSide) / shorter,
                                              static_cast<double>(kMaxLongSide) / longer));
  const cv::Size size = scaled_to_grid(rgb.size(), ratio);
  cv::Mat seen;
  cv::resize(rgb, seen, size);
  const auto outputs = network_.run(to_planes(seen, kNormalisation, size.height, size.width));
  cv::Mat probability(size, CV_32F);
  std::copy(outputs.front().begin(), outputs.front().end(), probability.begin<float>());
  return find_lines(probability, rgb.size());
}

}  // namespace dsocr::data
