#include "data/image/degrade.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>

#include "data/random.h"

namespace dsocr::data {
namespace {

constexpr double kMaxSkewDegrees = 5;
constexpr double kMaxBlurSigma = 2;    // pixels
constexpr double kMaxNoise = 45;       // standard deviation in grey levels
constexpr double kMaxTexture = 22;     // grey levels
constexpr double kMaxShade = 0.6;      // light that is missing on the dark side
constexpr double kMaxSpecks = 0.0006;  // of all pixels

cv::Mat view_of(Image& image) {
  return {static_cast<int>(image.height), static_cast<int>(image.width), CV_8UC3, image.rgb.data()};
}

// A scanner does a little of everything.
Degradation with_scan(const Degradation& asked) {
  Degradation all = asked;
  const auto add = [&](double& strength, double share) {
    strength = std::min(1.0, strength + share * asked.scan);
  };
  add(all.texture, 0.4);
  add(all.light, 0.25);
  add(all.skew, 0.2);
  add(all.blur, 0.35);
  add(all.noise, 0.2);
  return all;
}

cv::Mat noise_field(cv::Size size, double sigma, Random& random) {
  cv::RNG rng(random.bits());
  cv::Mat field(size, CV_32F);
  rng.fill(field, cv::RNG::NORMAL, 0, sigma);
  return field;
}

// Adds one field to all three channels.
void add_grey(cv::Mat& page, const cv::Mat& field) {
  cv::Mat three;
  cv::merge(std::array<cv::Mat, 3>{field, field, field}, three);
  cv::add(page, three, page, cv::noArray(), page.type());
}

// Ink runs into the paper, and dust lies on the glass.
void print_and_scan(cv::Mat& page, double strength, Random& random) {
  cv::Mat spread;
  cv::erode(page, spread, cv::getStructuringElement(cv::MORPH_ELLIPSE, {2, 2}));
  cv::addWeighted(page, 1 - strength * 0.7, spread, strength * 0.7, 0, page);
  const auto specks =
      static_cast<std::int64_t>(strength * kMaxSpecks * static_cast<double>(page.total()));
  for (std::int64_t i = 0; i < specks; ++i) {
    const cv::Point at(static_cast<int>(random.below(static_cast<std::uint64_t>(page.cols))),
                       static_cast<int>(random.below(static_cast<std::uint64_t>(page.rows))));
    const double grey = random.uniform() < 0.7 ? 60 * random.uniform() : 255;
    cv::circle(page, at, random.uniform() < 0.2 ? 1 : 0, cv::Scalar::all(grey), cv::FILLED);
  }
}

// Fibres are longer than they are wide, stains are larger than fibres.
void add_texture(cv::Mat& page, double strength, Random& random) {
  cv::Mat sum = cv::Mat::zeros(page.size(), CV_32F);
  for (const auto& [cell, share] : {std::pair{1, 0.35}, {4, 0.5}, {48, 0.45}}) {
    const cv::Size size(page.cols / cell + 2, page.rows / cell + 2);
    cv::Mat field = noise_field(size, strength * share * kMaxTexture, random);
    if (cell > 1) cv::resize(field, field, page.size(), 0, 0, cv::INTER_CUBIC);
    sum += field({0, 0, page.cols, page.rows});
  }
  // Paper is not brighter than white.
  add_grey(page, sum - strength * 0.5 * kMaxTexture);
}

void shade(cv::Mat& page, double strength, Random& random) {
  const double angle = 2 * std::numbers::pi * random.uniform();
  const double bend = random.uniform();
  const double dx = std::cos(angle) / page.cols, dy = std::sin(angle) / page.rows;
  const double reach = (std::abs(std::cos(angle)) + std::abs(std::sin(angle))) / 2;
  for (int y = 0; y < page.rows; ++y) {
    auto* row = page.ptr<std::uint8_t>(y);
    for (int x = 0; x < page.cols; ++x) {
      const double along = (dx * (x - page.cols / 2.0) + dy * (y - page.rows / 2.0)) / reach;
      const double depth = (1 + along) / 2;
      const double light = 1 - strength * kMaxShade * depth * (bend + (1 - bend) * depth);
      for (int channel = 0; channel < 3; ++channel)
        row[3 * x + channel] = static_cast<std::uint8_t>(cvRound(row[3 * x + channel] * light));
    }
  }
}

std::array<double, 6> turn(cv::Mat& page, double strength, Random& random) {
  const double sign = random.uniform() < 0.5 ? -1 : 1;
  const cv::Point2f centre(static_cast<float>(page.cols) / 2, static_cast<float>(page.rows) / 2);
  const cv::Mat matrix =
      cv::getRotationMatrix2D(centre, sign * strength * kMaxSkewDegrees, /*scale=*/1);
  const cv::Vec3b paper = page.at<cv::Vec3b>(0, 0);
  cv::Mat turned;
  cv::warpAffine(page, turned, matrix, page.size(), cv::INTER_LINEAR, cv::BORDER_CONSTANT,
                 cv::Scalar(paper));
  turned.copyTo(page);
  std::array<double, 6> moved;
  std::copy_n(matrix.ptr<double>(), 6, moved.begin());
  return moved;
}

}  // namespace

int Degradation::jpeg_quality() const {
  return jpeg > 0 ? static_cast<int>(std::lround(95 - 85 * jpeg)) : 0;
}

DegradedImage degrade(Image page, const Degradation& degradation) {
  DegradedImage result{std::move(page)};
  if (!degradation.any()) return result;
  const Degradation all = with_scan(degradation);
  Random random(degradation.seed);
  cv::Mat view = view_of(result.image);
  if (all.scan > 0) print_and_scan(view, all.scan, random);
  if (all.texture > 0) add_texture(view, all.texture, random);
  if (all.skew > 0) result.moved = turn(view, all.skew, random);
  if (all.light > 0) shade(view, all.light, random);
  if (all.blur > 0) cv::GaussianBlur(view, view, {}, all.blur * kMaxBlurSigma);
  if (all.noise > 0) {
    cv::Mat noise(view.size(), CV_16SC3);
    cv::RNG rng(random.bits());
    rng.fill(noise, cv::RNG::NORMAL, 0, all.noise * kMaxNoise);
    cv::add(view, noise, view, cv::noArray(), CV_8UC3);
  }
  return result;
}

}  // namespace dsocr::data
