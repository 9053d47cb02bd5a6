#include "data/label/layer_regions.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "data/label/align.h"
#include "data/label/reading_order.h"
#include "data/label/titles.h"

namespace dsocr::data {
namespace {

constexpr float kTitleHeight = 1.15F;  // of the median line: LaTeX's sections have 1.2
constexpr float kTitleUnits = 1.5F;    // of what heights are rounded to
constexpr float kSameHeight = 1.2F;
// Shares of a line's height.
constexpr float kFirstGap = 0.8F;  // between the first two lines of a paragraph
constexpr float kMoreGap = 0.3F;   // by which the distance may grow from line to line
constexpr float kOverlap = 0.5F;   // by which a line may reach into the one above
constexpr float kIndent = 0.6F;
constexpr float kShort = 2;          // by which the last line of a paragraph ends early
constexpr float kSameColumn = 0.5F;  // of the narrower line that lies under the other one

struct Paragraph {
  std::vector<LayerLine> lines = {};
  float gap = 0;  // between the last two lines
};

const PixelBox& box_of(const LayerLine& line) { return line.line.box; }

float gap_below(const LayerLine& above, const LayerLine& below) {
  return box_of(below).top - box_of(above).bottom;
}

// How far the line begins behind the beginning of the other, and ends before its end.
float begins_behind(const LayerLine& line, const LayerLine& other) {
  return other.right_to_left ? box_of(other).right - box_of(line).right
                             : box_of(line).left - box_of(other).left;
}
float ends_before(const LayerLine& line, const LayerLine& other) {
  return other.right_to_left ? box_of(line).left - box_of(other).left
                             : box_of(other).right - box_of(line).right;
}

bool same_column(const PixelBox& a, const PixelBox& b) {
  const float common = std::min(a.right, b.right) - std::max(a.left, b.left);
  return common >= kSameColumn * std::min(a.right - a.left, b.right - b.left);
}

bool goes_on(const Paragraph& paragraph, const LayerLine& line, float unit) {
  const LayerLine& last = paragraph.lines.back();
  const auto [lower, higher] = std::minmax(last.height, line.height);
  if (higher > kSameHeight * lower + unit || !same_column(box_of(last), box_of(line))) return false;
  const bool one = paragraph.lines.size() == 1;
  const float gap = gap_below(last, line);
  const float widest = one ? kFirstGap * lower : paragraph.gap + kMoreGap * lower + unit;
  if (gap > widest || gap < -kOverlap * lower) return false;
  // The second line of an item of a list is indented too, but then the first one is full.
  const bool indented = begins_behind(line, last) > kIndent * lower;
  return !indented || (one && ends_before(last, line) < kShort * lower);
}

LabelRegion to_region(Paragraph paragraph) {
  LabelRegion region;
  double sum = 0, count = 0;
  for (LayerLine& line : paragraph.lines) {
    const auto length = static_cast<double>(line.line.text.size());
    sum += static_cast<double>(line.line.confidence) * length;
    count += length;
    region.box = region.lines.empty() ? line.line.box : around(region.box, line.line.box);
    region.lines.push_back(std::move(line.line));
  }
  region.confidence = static_cast<float>(sum / count);
  return region;
}

}  // namespace

std::vector<LabelRegion> layer_regions(std::vector<LayerLine> lines, float unit) {
  std::stable_sort(lines.begin(), lines.end(), [](const LayerLine& a, const LayerLine& b) {
    return std::pair(box_of(a).top, box_of(a).left) < std::pair(box_of(b).top, box_of(b).left);
  });
  std::vector<Paragraph> paragraphs;
  for (LayerLine& line : lines) {
    const auto found =
        std::find_if(paragraphs.rbegin(), paragraphs.rend(),
                     [&](const Paragraph& paragraph) { return goes_on(paragraph, line, unit); });
    Paragraph& paragraph = found == paragraphs.rend() ? paragraphs.emplace_back() : *found;
    if (!paragraph.lines.empty()) paragraph.gap = gap_below(paragraph.lines.back(), line);
    paragraph.lines.push_back(std::move(line));
  }
  std::vector<std::vector<float>> heights;
  for (const Paragraph& paragraph : paragraphs) {
    heights.emplace_back();
    for (const LayerLine& line : paragraph.lines) heights.back().push_back(line.height);
  }
  const std::vector<bool> titles = find_titles(heights, {kTitleHeight, kTitleUnits * unit});
  std::vector<LabelRegion> regions;
  std::vector<PixelBox> boxes;
  for (std::size_t i = 0; i < paragraphs.size(); ++i) {
    regions.push_back(to_region(std::move(paragraphs[i])));
    if (titles[i]) regions.back().category = "title";
    boxes.push_back(regions.back().box);
  }
  std::vector<LabelRegion> ordered;
  for (const std::size_t i : reading_order(boxes)) ordered.push_back(std::move(regions[i]));
  return ordered;
}

}  // namespace dsocr::data
