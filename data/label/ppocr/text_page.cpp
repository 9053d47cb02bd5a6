#include "data/label/ppocr/text_page.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "data/label/ppocr/planes.h"

namespace dsocr::data {
namespace {

constexpr int kMaxSide = 2000;
constexpr int kMinSide = 30;
// A strip is not made longer than this when it is made wider.
constexpr int kMaxEnlargedSide = 4000;
constexpr double kMaxWidthToHeight = 8;

double ratio_within_bounds(cv::Size size) {
  const double longer = std::max(size.width, size.height);
  const double shorter = std::min(size.width, size.height);
  if (longer > kMaxSide) return kMaxSide / longer;
  if (shorter < kMinSide) return std::min(kMinSide / shorter, kMaxEnlargedSide / longer);
  return 1;
}

int rows_of_black(cv::Size size) {
  const double ratio = static_cast<double>(size.width) / size.height;
  if (size.height > kMinSide && ratio <= kMaxWidthToHeight) return 0;
  const int height = 2 * std::max(static_cast<int>(size.width / kMaxWidthToHeight), kMinSide);
  return std::abs(height - size.height) / 2;
}

}  // namespace

cv::Size scaled_to_grid(cv::Size size, double ratio) {
  constexpr int kGrid = 32;
  const auto scaled = [&](int side) {
    const double steps = std::nearbyint(std::floor(side * ratio) / kGrid);
    return std::max(1, static_cast<int>(steps)) * kGrid;
  };
  return {scaled(size.width), scaled(size.height)};
}

TextPage::TextPage(const Image& page)
    : page_(static_cast<float>(page.width), static_cast<float>(page.height)) {
  const cv::Mat whole = view_of(page);
  const double ratio = ratio_within_bounds(whole.size());
  if (ratio == 1) {
    rgb_ = whole.clone();
  } else {
    cv::resize(whole, rgb_, scaled_to_grid(whole.size(), ratio));
  }
  scale_ = {page_.width / static_cast<float>(rgb_.cols),
            page_.height / static_cast<float>(rgb_.rows)};
  top_ = rows_of_black(rgb_.size());
  if (top_ > 0) cv::copyMakeBorder(rgb_, rgb_, top_, top_, 0, 0, cv::BORDER_CONSTANT);
}

cv::Point2f TextPage::on_page(cv::Point2f place) const {
  const float y = (place.y - static_cast<float>(top_)) * scale_.y;
  return {std::clamp(place.x * scale_.x, 0.0F, page_.width), std::clamp(y, 0.0F, page_.height)};
}

}  // namespace dsocr::data
