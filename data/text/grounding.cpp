#include "data/text/grounding.h"

#include <algorithm>
#include <array>
#include <optional>

#include "data/error.h"

namespace dsocr::data {
namespace {

constexpr std::string_view kOpen = "<|ref|>";
constexpr std::string_view kMiddle = "<|/ref|><|det|>";
constexpr std::string_view kClose = "<|/det|>";

// Reads lists of lists of numbers from the front of a text.
class BoxReader {
 public:
  explicit BoxReader(std::string_view text) : rest_(text) {}

  // Nothing when the text is not such a list.
  std::optional<std::vector<Box>> read() {
    std::vector<Box> boxes;
    bool all_good = true;
    if (!take('[')) return std::nullopt;
    if (!take(']')) {
      do {
        const auto numbers = read_numbers();
        if (!numbers) return std::nullopt;
        const auto& [values, count] = *numbers;
        all_good = all_good && count == values.size();
        if (all_good) boxes.push_back({values[0], values[1], values[2], values[3]});
      } while (take(','));
      if (!take(']')) return std::nullopt;
    }
    skip_space();
    if (!rest_.empty()) return std::nullopt;
    return boxes;
  }

 private:
  struct Numbers {
    std::array<int, 4> values = {};
    std::size_t count = 0;  // values.size() + 1 for more numbers, or for one that is too large
  };

  std::optional<Numbers> read_numbers() {
    Numbers numbers;
    if (!take('[')) return std::nullopt;
    if (take(']')) return numbers;
    do {
      const auto value = read_number();
      if (!value) return std::nullopt;
      if (numbers.count < numbers.values.size() && *value <= kMaxCoordinate) {
        numbers.values.at(numbers.count++) = *value;
      } else {
        numbers.count = numbers.values.size() + 1;
      }
    } while (take(','));
    if (!take(']')) return std::nullopt;
    return numbers;
  }

  std::optional<int> read_number() {
    skip_space();
    std::size_t digits = 0;
    int value = 0;
    for (; digits < rest_.size() && rest_[digits] >= '0' && rest_[digits] <= '9'; ++digits) {
      if (value <= kMaxCoordinate) value = 10 * value + (rest_[digits] - '0');
    }
    rest_.remove_prefix(digits);
    return digits > 0 ? std::optional(value) : std::nullopt;
  }

  bool take(char expected) {
    skip_space();
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void skip_space() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
  }

  std::string_view rest_;
};

int scale(int value, std::int64_t size) {
  // The division first, as in the official code: 999 of `size` is `size` itself.
  return static_cast<int>(static_cast<double>(value) / kMaxCoordinate * static_cast<double>(size));
}

}  // namespace

std::vector<Reference> find_references(std::string_view text) {
  std::vector<Reference> references;
  std::size_t done = 0;
  while (true) {
    // Tags that are not found from here are not found from any later opening tag either.
    const std::size_t begin = text.find(kOpen, done);
    if (begin == std::string_view::npos) break;
    const std::size_t label = begin + kOpen.size();
    const std::size_t middle = text.find(kMiddle, label);
    if (middle == std::string_view::npos) break;
    const std::size_t det = middle + kMiddle.size();
    const std::size_t close = text.find(kClose, det);
    if (close == std::string_view::npos) break;
    done = close + kClose.size();
    const std::string_view det_text = text.substr(det, close - det);
    references.push_back({std::string(text.substr(label, middle - label)), std::string(det_text),
                          begin, done, parse_boxes(det_text)});
  }
  return references;
}

std::vector<Box> parse_boxes(std::string_view det) {
  return BoxReader(det).read().value_or(std::vector<Box>());
}

Box to_pixels(const Box& box, std::int64_t width, std::int64_t height) {
  return {scale(box.x1, width), scale(box.y1, height), scale(box.x2, width), scale(box.y2, height)};
}

std::string format_reference(std::string_view label, std::span<const Box> boxes) {
  if (label.find(kMiddle) != std::string_view::npos) {
    throw DataError({}, {}, "a label may not contain " + std::string(kMiddle),
                    /*recoverable=*/true);
  }
  std::string text;
  text.append(kOpen).append(label).append(kMiddle).append("[");
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    if (i > 0) text += ", ";
    const Box& box = boxes[i];
    const char* separator = "[";
    for (const int value : {box.x1, box.y1, box.x2, box.y2}) {
      if (value < 0 || value > kMaxCoordinate) {
        throw DataError({}, {}, "a box has " + std::to_string(value) + ", which is not in 0..999",
                        /*recoverable=*/true);
      }
      text += separator + std::to_string(value);
      separator = ", ";
    }
    text += "]";
  }
  return text.append("]").append(kClose);
}

}  // namespace dsocr::data
