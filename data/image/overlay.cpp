#include "data/image/overlay.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <opencv2/imgproc.hpp>
#include <string_view>

namespace dsocr::data {
namespace {

// Paul Tol's palette "muted", the light colour last: https://sronpersonalpages.nl/~pault/.
constexpr std::array<std::uint32_t, 9> kColours = {0x332288, 0xcc6677, 0x117733, 0xaa4499, 0x44aa99,
                                                   0x882255, 0x999933, 0x88ccee, 0xddcc77};

// The labels that have the first colours.
constexpr std::array<std::string_view, 9> kLabels = {"text",          "title",         "table",
                                                     "image",         "equation",      "sub_title",
                                                     "table_caption", "image_caption", "rejected"};

constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;

cv::Scalar colour(std::size_t index) {
  const std::uint32_t rgb = kColours.at(index);
  return {static_cast<double>(rgb >> 16), static_cast<double>(rgb >> 8 & 0xff),
          static_cast<double>(rgb & 0xff)};
}

// Black or white, whichever is easier to read on a colour.
cv::Scalar text_colour(const cv::Scalar& on) {
  const double luma = 0.299 * on[0] + 0.587 * on[1] + 0.114 * on[2];
  return luma > 120 ? cv::Scalar::all(0) : cv::Scalar::all(255);
}

// Label -> index of its colour. An unknown label gets a free one, the search for which starts at a
// place that depends on nothing but the label (32-bit FNV-1a).
std::map<std::string_view, std::size_t> choose_colours(std::span<const LabelledBox> boxes) {
  std::map<std::string_view, std::size_t> chosen;
  std::array<bool, kColours.size()> taken = {};
  for (const LabelledBox& box : boxes) {
    const auto known = std::find(kLabels.begin(), kLabels.end(), box.label);
    const auto index = static_cast<std::size_t>(known - kLabels.begin());
    chosen[box.label] = index;
    if (known != kLabels.end()) taken.at(index) = true;
  }
  for (auto& [label, index] : chosen) {
    if (index < kLabels.size()) continue;
    std::uint32_t hash = 2'166'136'261U;
    for (const char c : label) hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619U;
    index = hash % kColours.size();
    for (std::size_t tries = 0; tries < kColours.size() && taken.at(index); ++tries) {
      index = (index + 1) % kColours.size();
    }
    taken.at(index) = true;
  }
  return chosen;
}

std::string tag_text(std::size_t number, std::string_view label) {
  constexpr std::size_t kShown = 24;
  std::string text = std::to_string(number) + " ";
  for (const char c : label.substr(0, kShown)) {
    const bool printable = c >= ' ' && c <= '~';
    const bool continues = (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
    if (printable || c == '\n') text += printable ? c : ' ';
    if (!printable && c != '\n' && !continues) text += '?';
  }
  return label.size() > kShown ? text + "..." : text;
}

// Draws on a picture with sizes that suit it.
class Painter {
 public:
  explicit Painter(cv::Mat picture)
      : picture_(std::move(picture)),
        line_(std::max(1, cvRound(std::max(picture_.cols, picture_.rows) / 700.0))),
        text_height_(std::max(6, cvRound(std::max(picture_.cols, picture_.rows) / 150.0))) {}

  void outline(const LabelledBox& box, const cv::Scalar& with) {
    const cv::Rect place = on_page(box.box);
    // A light rim keeps the line apart from a dark picture.
    if (box.tagged) cv::rectangle(picture_, place, cv::Scalar::all(255), line_ + 2);
    cv::rectangle(picture_, place, with, box.tagged ? line_ : 1);
  }

  // Above the box where there is room, else inside its top; never over the edge of the picture.
  void tag(const Box& box, const std::string& text, const cv::Scalar& with) {
    double scale = cv::getFontScaleFromHeight(kFont, text_height_);
    const int thickness = std::max(1, text_height_ / 9);
    const int margin = std::max(2, text_height_ / 4);
    int below = 0;
    cv::Size size = cv::getTextSize(text, kFont, scale, thickness, &below);
    const double room = std::min((picture_.cols - 2.0 * margin) / size.width,
                                 (picture_.rows - 2.0 * margin) / (size.height + below));
    if (room <= 0) return;
    if (room < 1) {
      scale *= room;
      size = cv::getTextSize(text, kFont, scale, thickness, &below);
    }
    const cv::Size whole(size.width + 2 * margin, size.height + below + 2 * margin);
    const cv::Rect place = on_page(box);
    const int above = place.y - whole.height;
    const cv::Point corner(
        std::clamp(place.x, 0, std::max(0, picture_.cols - whole.width)),
        std::clamp(above >= 0 ? above : place.y, 0, std::max(0, picture_.rows - whole.height)));
    cv::rectangle(picture_, cv::Rect(corner, whole), with, cv::FILLED);
    cv::putText(picture_, text, corner + cv::Point(margin, margin + size.height), kFont, scale,
                text_colour(with), thickness, cv::LINE_AA);
  }

 private:
  cv::Rect on_page(const Box& box) const {
    const auto [left, right] = std::minmax(box.x1, box.x2);
    const auto [top, bottom] = std::minmax(box.y1, box.y2);
    const cv::Point first(std::clamp(left, 0, picture_.cols - 1),
                          std::clamp(top, 0, picture_.rows - 1));
    const cv::Point last(std::clamp(right, first.x + 1, picture_.cols),
                         std::clamp(bottom, first.y + 1, picture_.rows));
    return {first, last};
  }

  cv::Mat picture_;
  int line_;
  int text_height_;
};

}  // namespace

Image draw_boxes(const Image& page, std::span<const LabelledBox> boxes) {
  Image drawn = page;
  if (drawn.rgb.empty()) return drawn;
  Painter painter(cv::Mat(static_cast<int>(page.height), static_cast<int>(page.width), CV_8UC3,
                          drawn.rgb.data()));
  const auto colours = choose_colours(boxes);
  for (const LabelledBox& box : boxes) painter.outline(box, colour(colours.at(box.label)));
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    const auto& [label, box, tagged] = boxes[i];
    if (tagged) painter.tag(box, tag_text(i + 1, label), colour(colours.at(label)));
  }
  return drawn;
}

std::optional<Image> crop(const Image& page, const Box& box) {
  const std::int64_t left = std::max(box.x1, 0);
  const std::int64_t top = std::max(box.y1, 0);
  const std::int64_t right = std::min<std::int64_t>(box.x2, page.width);
  const std::int64_t bottom = std::min<std::int64_t>(box.y2, page.height);
  if (left >= right || top >= bottom) return std::nullopt;
  Image part{.width = right - left, .height = bottom - top};
  part.rgb.reserve(static_cast<std::size_t>(part.width * part.height * 3));
  for (std::int64_t y = top; y < bottom; ++y) {
    const auto row = page.rgb.begin() + (y * page.width + left) * 3;
    part.rgb.insert(part.rgb.end(), row, row + part.width * 3);
  }
  return part;
}

}  // namespace dsocr::data
