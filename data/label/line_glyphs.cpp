#include "data/label/line_glyphs.h"

#include <string_view>

#include "data/render/document.h"
#include "data/text/characters.h"

namespace dsocr::data {
namespace {

// Part `i` of `count` of a box.
PixelBox part_of(const PixelBox& box, std::size_t i, std::size_t count, bool vertical,
                 bool from_right) {
  if (from_right && !vertical) i = count - 1 - i;
  PixelBox part = box;
  const auto share = [&](float from, float to, std::size_t at) {
    return from + (to - from) * static_cast<float>(at) / static_cast<float>(count);
  };
  if (vertical) {
    part.top = share(box.top, box.bottom, i);
    part.bottom = share(box.top, box.bottom, i + 1);
  } else {
    part.left = share(box.left, box.right, i);
    part.right = share(box.left, box.right, i + 1);
  }
  return part;
}

void add_glyphs(std::u32string_view text, const PixelBox& box, bool vertical,
                std::vector<LineGlyph>& glyphs) {
  const bool from_right = is_right_to_left(to_utf8(text));
  const std::vector<Cluster> clusters = clusters_of(text);
  for (std::size_t i = 0; i < clusters.size(); ++i) {
    std::u32string character(text.substr(clusters[i].begin, clusters[i].end - clusters[i].begin));
    if (character == U" ") continue;
    glyphs.push_back(
        {std::move(character), part_of(box, i, clusters.size(), vertical, from_right)});
  }
}

std::vector<std::u32string_view> words_of(std::u32string_view text) {
  std::vector<std::u32string_view> words;
  while (!text.empty()) {
    const std::size_t blank = text.find(U' ');
    if (blank != 0) words.push_back(text.substr(0, blank));
    text.remove_prefix(blank == std::u32string_view::npos ? text.size() : blank + 1);
  }
  return words;
}

}  // namespace

std::vector<LineGlyph> glyphs_of(const VotedLine& line) {
  const bool vertical =
      line.box.bottom - line.box.top > 2 * (line.box.right - line.box.left) && line.text.size() > 1;
  const std::vector<std::u32string_view> words = words_of(line.text);
  std::vector<LineGlyph> glyphs;
  if (words.size() != line.words.size()) {
    add_glyphs(line.text, line.box, vertical, glyphs);
    return glyphs;
  }
  for (std::size_t i = 0; i < words.size(); ++i)
    add_glyphs(words[i], line.words[i], vertical, glyphs);
  return glyphs;
}

}  // namespace dsocr::data
