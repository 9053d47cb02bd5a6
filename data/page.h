#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace dsocr::data {

/// Part of a page's layout.
struct Block {
  std::string category = {};              // title, text, table, ...
  std::array<std::uint16_t, 4> box = {};  // left, top, right, bottom on a grid of 0..999
  std::int32_t order = -1;                // place in reading order from 0, -1: outside it
  std::string text = {};                  // UTF-8, may be empty
  float confidence = std::numeric_limits<float>::quiet_NaN();  // 0..1, NaN: not said
  std::string labeller = {};  // who labelled it: human, tesseract-5.3, ...

  bool operator==(const Block&) const = default;
};

/// A page as it lies in a store.
struct Page {
  std::string id = {};      // where it comes from, unique in its source
  std::string image = {};   // the encoded file, as it came
  std::uint32_t width = 0;  // pixels, turned as the image's EXIF data say
  std::uint32_t height = 0;
  std::string text = {};      // UTF-8, all of the page
  std::string language = {};  // BCP 47, empty: not known
  std::string split = {};     // train, validation, ...
  std::string meta = {};      // JSON object of what else the source says, may be empty
  std::vector<Block> blocks = {};
};

}  // namespace dsocr::data
