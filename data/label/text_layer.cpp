#include "data/label/text_layer.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "data/error.h"
#include "data/label/layer_lines.h"
#include "data/label/layer_regions.h"
#include "data/text/characters.h"

namespace dsocr::data {
namespace {

constexpr const char* kVersion = "1";  // to be raised when other labels come out
constexpr float kSound = 0.95F;
constexpr float kGrid = 999;
constexpr int kLeastContrast = 24;  // of 255 levels, between ink and paper

bool is_broken(char32_t c) {
  constexpr char32_t kReplacement = 0xFFFD;
  constexpr std::uint32_t kNoText = U_GC_CO_MASK | U_GC_CS_MASK | U_GC_CN_MASK | U_GC_CC_MASK;
  return c == kReplacement || (U_GET_GC_MASK(static_cast<UChar32>(c)) & kNoText) != 0;
}

// Poppler takes some marks of Arabic from their letters.
bool is_mark(char32_t c) { return (U_GET_GC_MASK(static_cast<UChar32>(c)) & U_GC_M_MASK) != 0; }

std::u32string without_blanks(const std::string& text) {
  std::u32string points = to_code_points(text);
  std::erase_if(points, [](char32_t c) { return u_isUWhiteSpace(static_cast<UChar32>(c)) != 0; });
  return points;
}

// Whether there are dark and light pixels in the box.
bool is_visible(const Image& image, const PixelBox& box) {
  const auto pixel_at = [](float side, std::int64_t end) {
    return std::min(end, static_cast<std::int64_t>(side));
  };
  const std::int64_t first_x = pixel_at(box.left, image.width);
  const std::int64_t first_y = pixel_at(box.top, image.height);
  const std::int64_t last_x = pixel_at(std::ceil(box.right), image.width);
  const std::int64_t last_y = pixel_at(std::ceil(box.bottom), image.height);
  std::uint8_t darkest = 255, lightest = 0;
  for (std::int64_t y = first_y; y < last_y; ++y) {
    const auto row = image.rgb.begin() + y * image.width * 3;
    for (auto pixel = row + first_x * 3; pixel < row + last_x * 3; ++pixel) {
      darkest = std::min(darkest, *pixel);
      lightest = std::max(lightest, *pixel);
    }
  }
  return lightest - darkest >= kLeastContrast;
}

class TextLayerLabeller : public Labeller {
 public:
  LabellerInfo info() const override { return {.name = "text_layer", .version = kVersion}; }

  PageLabels label(const Image& image, const Page& page) override {
    const auto width = static_cast<float>(image.width) / kGrid;
    const auto height = static_cast<float>(image.height) / kGrid;
    std::vector<LayerWord> words;
    double count = 0, bad = 0;
    for (const Block& block : page.blocks) {
      if (block.category != "word" || block.labeller != "pdf text layer") continue;
      LayerWord word{.text = without_blanks(block.text)};
      if (word.text.empty()) continue;
      const auto& [left, top, right, bottom] = block.box;
      word.box = {static_cast<float>(left) * width, static_cast<float>(top) * height,
                  static_cast<float>(right) * width, static_cast<float>(bottom) * height};
      const auto length = static_cast<double>(word.text.size());
      const auto broken =
          static_cast<double>(std::count_if(word.text.begin(), word.text.end(), is_broken));
      const bool is_text =
          is_visible(image, word.box) && !std::all_of(word.text.begin(), word.text.end(), is_mark);
      count += length;
      bad += is_text ? broken : length;
      word.confidence = static_cast<float>(kSound * (1 - broken / length));
      if (is_text) words.push_back(std::move(word));
    }
    if (words.empty()) return {};
    const auto trust = static_cast<float>(std::max(0.0, 1 - 2 * bad / count));
    for (LayerWord& word : words) word.confidence *= trust;
    return {.regions = layer_regions(layer_lines(words, width), height)};
  }
};

}  // namespace

std::unique_ptr<Labeller> open_text_layer(const std::string& arguments) {
  if (!arguments.empty()) throw DataError("", "", "text_layer takes no arguments");
  return std::make_unique<TextLayerLabeller>();
}

}  // namespace dsocr::data
