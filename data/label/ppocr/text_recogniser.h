#pragma once

#include <opencv2/core.hpp>
#include <span>
#include <string>
#include <vector>

#include "data/label/ppocr/network.h"

namespace dsocr::data {

/// A character that was read.
struct ReadCharacter {
  std::string text = {};  // UTF-8
  float probability = 0;
  float place = 0;  // of its middle along the line, pixels of the crop

  bool operator==(const ReadCharacter&) const = default;
};

/// Says which lines stand on their heads.
class AngleClassifier {
 public:
  /// Throws what Network throws.
  explicit AngleClassifier(const NetworkFile& file) : network_(file) {}

  bool is_upside_down(const cv::Mat& line);

  const Network& network() const { return network_; }

 private:
  Network network_;
};

/// Reads level lines of text.
class TextRecogniser {
 public:
  /// Throws what Network throws.
  explicit TextRecogniser(const NetworkFile& file);

  /// The characters of 8-bit RGB pictures of lines, each from left to right. Lines of like shape
  /// are padded to the same width, six together, as in the reference: what is beside a line has a
  /// say in what is read.
  std::vector<std::vector<ReadCharacter>> read(std::span<const cv::Mat> lines);

  const Network& network() const { return network_; }

 private:
  std::vector<ReadCharacter> read_padded(const cv::Mat& line, int width);

  Network network_;
  std::vector<std::string> characters_;  // of the network's classes
};

/// Best path of connectionist temporal classification: `probabilities` is [steps, classes], class 0
/// says nothing, a class that stays is one character. Its place is a fifth into the step where it
/// begins, `width` pixels being all steps.
std::vector<ReadCharacter> best_path(std::span<const float> probabilities,
                                     std::span<const std::string> characters, double width);

}  // namespace dsocr::data
