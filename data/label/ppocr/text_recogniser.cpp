#include "data/label/ppocr/text_recogniser.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <opencv2/imgproc.hpp>

namespace dsocr::data {
namespace {

constexpr int kHeight = 48;         // of a line as the networks see it
constexpr int kAngleWidth = 192;    // of what the classifier sees
constexpr int kMinReadWidth = 320;  // shorter lines were padded to it in training
constexpr double kMaxReadWidth = 1 << 14;
constexpr std::size_t kLinesTogether = 6;
constexpr float kMinTurnProbability = 0.9F;
// Where the middle of a character lies in its step, found on rendered pages.
constexpr double kMiddle = 0.2;
const Normalisation kNormalisation{{0.5, 0.5, 0.5}, {0.5, 0.5, 0.5}};

double ratio_of(const cv::Mat& line) { return static_cast<double>(line.cols) / line.rows; }

// The line at the height of the networks, at most as wide as said.
cv::Mat at_height(const cv::Mat& line, int max_width) {
  const double wanted = std::ceil(kHeight * ratio_of(line));
  const int width = static_cast<int>(std::min<double>(max_width, wanted));
  cv::Mat scaled;
  cv::resize(line, scaled, {width, kHeight});
  return scaled;
}

}  // namespace

bool AngleClassifier::is_upside_down(const cv::Mat& line) {
  const auto outputs =
      network_.run(to_planes(at_height(line, kAngleWidth), kNormalisation, kHeight, kAngleWidth));
  const auto probabilities = outputs.front();
  return probabilities[1] > std::max(probabilities[0], kMinTurnProbability);
}

TextRecogniser::TextRecogniser(const NetworkFile& file)
    : network_(file), characters_(network_.classes()) {
  characters_.insert(characters_.begin(), "");  // nothing
  characters_.emplace_back(" ");
}

std::vector<std::vector<ReadCharacter>> TextRecogniser::read(std::span<const cv::Mat> lines) {
  std::vector<std::size_t> by_ratio(lines.size());
  std::iota(by_ratio.begin(), by_ratio.end(), std::size_t{0});
  std::stable_sort(by_ratio.begin(), by_ratio.end(),
                   [&](auto a, auto b) { return ratio_of(lines[a]) < ratio_of(lines[b]); });
  std::vector<std::vector<ReadCharacter>> read(lines.size());
  for (std::size_t begin = 0; begin < lines.size(); begin += kLinesTogether) {
    const std::size_t end = std::min(begin + kLinesTogether, lines.size());
    const auto widest = std::min(kHeight * ratio_of(lines[by_ratio[end - 1]]), kMaxReadWidth);
    const int width = std::max(kMinReadWidth, static_cast<int>(widest));
    for (std::size_t i = begin; i < end; ++i)
      read[by_ratio[i]] = read_padded(lines[by_ratio[i]], width);
  }
  return read;
}

std::vector<ReadCharacter> TextRecogniser::read_padded(const cv::Mat& line, int width) {
  const cv::Mat scaled = at_height(line, width);
  const auto outputs = network_.run(to_planes(scaled, kNormalisation, kHeight, width));
  auto read = best_path(outputs.front(), characters_, width);
  const float to_line = static_cast<float>(line.cols) / static_cast<float>(scaled.cols);
  for (auto& character : read)
    character.place = std::min(character.place * to_line, static_cast<float>(line.cols));
  return read;
}

std::vector<ReadCharacter> best_path(std::span<const float> probabilities,
                                     std::span<const std::string> characters, double width) {
  const std::size_t steps = probabilities.size() / characters.size();
  std::vector<ReadCharacter> read;
  std::size_t before = 0;
  for (std::size_t step = 0; step < steps; ++step) {
    const auto of_step = probabilities.subspan(step * characters.size(), characters.size());
    const auto best = std::max_element(of_step.begin(), of_step.end());
    const auto index = static_cast<std::size_t>(best - of_step.begin());
    if (index != 0 && index != before)
      read.push_back({characters[index], *best,
                      static_cast<float>((static_cast<double>(step) + kMiddle) * width /
                                         static_cast<double>(steps))});
    before = index;
  }
  return read;
}

}  // namespace dsocr::data
