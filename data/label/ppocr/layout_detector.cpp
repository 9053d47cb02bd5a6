#include "data/label/ppocr/layout_detector.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <span>
#include <utility>

#include "data/label/align.h"

namespace dsocr::data {
namespace {

constexpr int kHeight = 800;
constexpr int kWidth = 608;
constexpr std::array<int, 4> kStrides = {8, 16, 32, 64};
constexpr std::size_t kReach = 8;  // a side lies 0..7 strides from the middle of its cell
constexpr float kMinConfidence = 0.5F;
constexpr double kMaxOverlap = 0.5;
// ImageNet's means and deviations are those of red, green and blue; the network was trained with
// the colours the other way round.
const Normalisation kNormalisation{{0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}};

// CDLA's text, title, figure, figure_caption, table, table_caption, header, footer, reference and
// equation, in the order of the network.
constexpr std::array<std::string_view, 10> kCategories = {
    "text",          "title",  "image",  "image_caption", "table",
    "table_caption", "header", "footer", "reference",     "equation"};

// How far a side lies from the middle of its cell, in strides: the mean of a distribution that is
// given by logits.
float mean_distance(std::span<const float> logits) {
  const float largest = *std::max_element(logits.begin(), logits.end());
  float sum = 0;
  float weighted = 0;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const float weight = std::exp(logits[i] - largest);
    sum += weight;
    weighted += weight * static_cast<float>(i);
  }
  return weighted / sum;
}

// The box of a cell in pixels of what the network sees.
PixelBox decode_box(std::span<const float> logits, std::size_t cell, int stride) {
  const std::size_t columns =
      (kWidth + static_cast<std::size_t>(stride) - 1) / static_cast<std::size_t>(stride);
  const std::size_t row = cell / columns;
  const auto size = static_cast<float>(stride);
  const float x = (static_cast<float>(cell % columns) + 0.5F) * size;
  const float y = (static_cast<float>(row) + 0.5F) * size;
  const auto distance = [&](std::size_t side) {
    return mean_distance(logits.subspan(side * kReach, kReach)) * size;
  };
  return {x - distance(0), y - distance(1), x + distance(2), y + distance(3)};
}

// From pixels of what the network sees to those of the page.
PixelBox on_page(const PixelBox& box, const Image& page) {
  const auto scaled = [](float value, int from, std::int64_t to) {
    const auto seen = static_cast<float>(from);
    return std::clamp(value, 0.0F, seen) * (static_cast<float>(to) / seen);
  };
  return {scaled(box.left, kWidth, page.width), scaled(box.top, kHeight, page.height),
          scaled(box.right, kWidth, page.width), scaled(box.bottom, kHeight, page.height)};
}

// Those that do not overlap a surer one by more than half.
std::vector<LayoutPart> surest(std::vector<LayoutPart> parts) {
  std::stable_sort(parts.begin(), parts.end(),
                   [](const auto& a, const auto& b) { return a.confidence > b.confidence; });
  std::vector<LayoutPart> kept;
  for (const auto& part : parts) {
    const bool overlaps = std::any_of(kept.begin(), kept.end(), [&](const LayoutPart& other) {
      return intersection_over_union(part.box, other.box) > kMaxOverlap;
    });
    if (!overlaps) kept.push_back(part);
  }
  return kept;
}

}  // namespace

double intersection_over_union(const PixelBox& a, const PixelBox& b) {
  const double common = shared_area(a, b);
  return common > 0 ? common / (area(a) + area(b) - common) : 0;
}

std::vector<LayoutPart> LayoutDetector::detect(const Image& page) {
  cv::Mat seen;
  cv::resize(view_of(page), seen, {kWidth, kHeight});
  const auto outputs = network_.run(to_planes(seen, kNormalisation, kHeight, kWidth));
  // First the confidences of all strides, then the boxes.
  std::vector<std::vector<LayoutPart>> by_class(kCategories.size());
  for (std::size_t level = 0; level < kStrides.size(); ++level) {
    const auto confidences = outputs[level];
    const auto sides = outputs[level + kStrides.size()];
    for (std::size_t i = 0; i < confidences.size(); ++i) {
      if (confidences[i] <= kMinConfidence) continue;
      const std::size_t cell = i / kCategories.size();
      const std::size_t index = i % kCategories.size();
      const PixelBox box =
          decode_box(sides.subspan(cell * 4 * kReach, 4 * kReach), cell, kStrides.at(level));
      by_class[index].push_back({kCategories.at(index), box, confidences[i]});
    }
  }
  std::vector<LayoutPart> parts;
  for (auto& of_class : by_class) {
    for (auto part : surest(std::move(of_class))) {
      part.box = on_page(part.box, page);
      parts.push_back(part);
    }
  }
  return parts;
}

}  // namespace dsocr::data
