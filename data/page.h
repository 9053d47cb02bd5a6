#pragma once

#include <algorithm>
#include <array>
#include <cmath>
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

/// A share of a page's side on the grid of 0..999 that boxes have; what lies outside is moved in.
inline std::uint16_t on_grid(double share) {
  return static_cast<std::uint16_t>(std::clamp(std::round(share * 999), 0.0, 999.0));
}

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
