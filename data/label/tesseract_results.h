#pragma once

#include <cstdint>

#include "data/label/labeller.h"

namespace tesseract {
class ResultIterator;
}  // namespace tesseract

namespace dsocr::data {

/// Sizes in pixels.
struct ReadPicture {
  int width = 0, height = 0;                     // that Tesseract was given
  std::int64_t page_width = 0, page_height = 0;  // of the page that it was made from
};

/// What Tesseract found, in its order: a region for each paragraph, table and picture, boxes in
/// pixels of the page. Texts in logical order, without marks of direction. Lines, specks, and words
/// without a character are left out.
PageLabels tesseract_results(tesseract::ResultIterator& results, const ReadPicture& picture);

}  // namespace dsocr::data
