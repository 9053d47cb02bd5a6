#pragma once

#include <string>
#include <utility>
#include <vector>

#include "data/label/align.h"
#include "data/text/characters.h"

namespace dsocr::test {

/// A line whose characters are all `width` wide and twice as high, with its words at the blanks.
inline data::LabelLine line_at(const std::string& text, float left, float top, float width = 10,
                               float confidence = 0.9F) {
  data::LabelLine line{.text = text, .confidence = confidence};
  const float bottom = top + 2 * width;
  float x = left;
  std::size_t byte = 0;
  bool in_word = false;
  for (const char32_t c : data::to_code_points(text)) {
    const std::size_t bytes = data::to_utf8({&c, 1}).size();
    if (c == U' ') {
      in_word = false;
    } else if (!in_word) {
      line.words.push_back({byte, byte + bytes, {x, top, x + width, bottom}, confidence});
      in_word = true;
    } else {
      line.words.back().end = byte + bytes;
      line.words.back().box.right = x + width;
    }
    x += width;
    byte += bytes;
  }
  line.box = {left, top, x, bottom};
  return line;
}

/// A region around its lines.
inline data::LabelRegion region_of(std::vector<data::LabelLine> lines,
                                   const std::string& category = "text") {
  data::LabelRegion region{.category = category, .box = lines.at(0).box, .confidence = 0.9F};
  for (const data::LabelLine& line : lines) region.box = data::around(region.box, line.box);
  region.lines = std::move(lines);
  return region;
}

inline data::EngineLabels engine_of(const std::string& name,
                                    std::vector<data::LabelRegion> regions) {
  return {{.name = name, .version = "1"}, {std::move(regions)}};
}

/// An engine whose regions have one line each.
inline data::EngineLabels engine_of_lines(const std::string& name,
                                          const std::vector<data::LabelLine>& lines) {
  std::vector<data::LabelRegion> regions;
  for (const data::LabelLine& line : lines) regions.push_back(region_of({line}));
  return engine_of(name, std::move(regions));
}

}  // namespace dsocr::test
