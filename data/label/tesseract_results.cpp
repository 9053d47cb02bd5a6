#include "data/label/tesseract_results.h"

#include <tesseract/resultiterator.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "data/label/align.h"
#include "data/label/titles.h"
#include "data/text/characters.h"

namespace dsocr::data {
namespace {

// Of the 26 pictures that it found on the 18 demo pages of OmniDocBench, 3 were figures; the
// others were coloured grounds, ornaments and text that it took for a picture. Smaller ones were
// never figures.
constexpr float kPictureConfidence = 0.1F;
constexpr double kLeastPicture = 0.01;  // of the page's area
constexpr float kTitleHeight = 1.6F;    // of the median line

// What Tesseract calls headings are texts across several columns, and its captions are texts beside
// a picture: on the demo pages 2 of 10 were titles, and none of 9 a caption.
std::string category_of(tesseract::PolyBlockType type) {
  switch (type) {
    case tesseract::PT_EQUATION:
    case tesseract::PT_INLINE_EQUATION:
      return "equation";
    case tesseract::PT_TABLE:
      return "table";
    case tesseract::PT_FLOWING_IMAGE:
    case tesseract::PT_HEADING_IMAGE:
    case tesseract::PT_PULLOUT_IMAGE:
      return "image";
    default:
      return "text";
  }
}

bool is_nothing(tesseract::PolyBlockType type) {
  return tesseract::PTIsLineType(type) || type == tesseract::PT_NOISE;
}

// U+200E, U+200F and U+202A to U+202E, which Tesseract writes where the direction changes.
bool is_mark_of_direction(char32_t c) {
  return c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E);
}

float mean_of(double sum, std::size_t count) {
  return count == 0 ? 0 : static_cast<float>(sum / static_cast<double>(count));
}

class Collector {
 public:
  Collector(tesseract::ResultIterator& at, const ReadPicture& picture)
      : at_(at), picture_(picture) {}

  PageLabels collect() {
    do {
      const tesseract::PolyBlockType type = at_.BlockType();
      if (is_nothing(type)) continue;
      if (tesseract::PTIsImageType(type))
        add_picture();
      else
        add_word(category_of(type));
    } while (at_.Next(tesseract::RIL_WORD));
    finish_region();
    name_titles();
    return std::move(labels_);
  }

 private:
  PixelBox box(tesseract::PageIteratorLevel level) const {
    int left = 0, top = 0, right = 0, bottom = 0;
    at_.BoundingBox(level, &left, &top, &right, &bottom);
    const auto on_page = [](int side, std::int64_t page, int picture) {
      return static_cast<float>(static_cast<double>(side * page) / picture);
    };
    const auto& [width, height, page_width, page_height] = picture_;
    return {on_page(left, page_width, width), on_page(top, page_height, height),
            on_page(right, page_width, width), on_page(bottom, page_height, height)};
  }

  // It may have words too.
  void add_picture() {
    if (!at_.IsAtBeginningOf(tesseract::RIL_BLOCK)) return;
    finish_region();
    const PixelBox place = box(tesseract::RIL_BLOCK);
    if (area(place) < kLeastPicture * static_cast<double>(picture_.page_width) *
                          static_cast<double>(picture_.page_height))
      return;
    labels_.regions.push_back(
        {.category = "image", .box = place, .confidence = kPictureConfidence});
    heights_.emplace_back();
  }

  void add_word(const std::string& category) {
    const bool new_region =
        at_.IsAtBeginningOf(category == "table" ? tesseract::RIL_BLOCK : tesseract::RIL_PARA);
    if (new_region) {
      finish_region();
      region_.category = category;
    }
    if (new_region || at_.IsAtBeginningOf(tesseract::RIL_TEXTLINE)) finish_line();
    const std::unique_ptr<char[]> bytes(at_.GetUTF8Text(tesseract::RIL_WORD));
    std::u32string text = to_code_points(bytes == nullptr ? "" : bytes.get());
    std::erase_if(text, is_mark_of_direction);
    if (text.find_first_not_of(U' ') == std::u32string::npos) return;
    if (!line_text_.empty() && at_.BlanksBeforeWord() > 0 &&
        !(sets_no_blanks(line_text_.back()) && sets_no_blanks(text.front()))) {
      line_text_ += U' ';
      line_.text += ' ';
    }
    LabelWord word{.begin = line_.text.size(), .box = box(tesseract::RIL_WORD)};
    word.confidence = std::clamp(at_.Confidence(tesseract::RIL_WORD) / 100, 0.0F, 1.0F);
    line_text_ += text;
    line_.text += to_utf8(text);
    word.end = line_.text.size();
    line_sum_ += static_cast<double>(word.confidence) * static_cast<double>(text.size());
    line_count_ += text.size();
    line_.box = line_.words.empty() ? word.box : around(line_.box, word.box);
    line_.words.push_back(word);
    at_.RowAttributes(&line_height_, &unused_, &unused_);
  }

  void finish_line() {
    if (!line_.words.empty()) {
      line_.confidence = mean_of(line_sum_, line_count_);
      region_.box = region_.lines.empty() ? line_.box : around(region_.box, line_.box);
      region_.lines.push_back(std::move(line_));
      region_sum_ += line_sum_;
      region_count_ += line_count_;
      region_heights_.push_back(line_height_);
    }
    line_ = {};
    line_text_.clear();
    line_sum_ = 0;
    line_count_ = 0;
  }

  void finish_region() {
    finish_line();
    if (!region_.lines.empty()) {
      region_.confidence = mean_of(region_sum_, region_count_);
      labels_.regions.push_back(std::move(region_));
      heights_.push_back(std::move(region_heights_));
    }
    region_ = {};
    region_sum_ = 0;
    region_count_ = 0;
    region_heights_.clear();
  }

  void name_titles() {
    const std::vector<bool> titles = find_titles(heights_, {kTitleHeight});
    for (std::size_t i = 0; i < titles.size(); ++i) {
      LabelRegion& region = labels_.regions[i];
      if (titles[i] && region.category == "text") region.category = "title";
    }
  }

  tesseract::ResultIterator& at_;
  ReadPicture picture_;
  PageLabels labels_ = {};
  LabelRegion region_ = {};
  LabelLine line_ = {};
  std::u32string line_text_ = {};
  // Of the confidences of words, each times its characters.
  double line_sum_ = 0, region_sum_ = 0;
  std::size_t line_count_ = 0, region_count_ = 0;
  float line_height_ = 0, unused_ = 0;
  std::vector<float> region_heights_ = {};        // of its lines
  std::vector<std::vector<float>> heights_ = {};  // of the lines of all regions
};

}  // namespace

PageLabels tesseract_results(tesseract::ResultIterator& results, const ReadPicture& picture) {
  return Collector(results, picture).collect();
}

}  // namespace dsocr::data
