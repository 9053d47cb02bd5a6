#include "data/label/ppocr/join_layout.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "data/label/align.h"
#include "data/label/reading_order.h"

namespace dsocr::data {
namespace {

constexpr double kMinCovered = 0.5;  // of a line by its part
constexpr double kMaxOverlap = 0.7;  // of a part with surer ones
// When an image or a table is text.
constexpr double kMaxFilledImage = 0.3;  // with lines
constexpr double kMaxFilledTable = 0.6;
constexpr double kMaxProse = 0.5;          // share of lines in paragraphs
constexpr std::size_t kMinProseLines = 4;  // of such a paragraph
constexpr float kMinProseWidth = 6;        // heights of its lines
constexpr double kMinInside = 0.8;         // of a surer text, by the part
constexpr double kMinRefuting = 0.1;       // of the part, by that text
// Neighbouring lines of a paragraph.
constexpr float kMaxLineGap = 0.8F;      // heights of the lower line
constexpr float kGapSlack = 0.3F;        // likewise
constexpr float kMaxBlank = 1;           // within a row, heights of the lower line
constexpr float kMaxHeights = 1.6F;      // of the higher line to the lower one
constexpr float kMinIndent = 0.8F;       // of a first line, heights of the lower line
constexpr float kMinCommonWidth = 0.5F;  // of the shorter line
constexpr std::array<std::string_view, 3> kWithoutText = {"image", "table", "equation"};

float width(const PixelBox& box) { return box.right - box.left; }
float height(const PixelBox& box) { return box.bottom - box.top; }

bool is_text(const LayoutPart& part) {
  return std::find(kWithoutText.begin(), kWithoutText.end(), part.category) == kWithoutText.end();
}

// The surest first, without texts that lie on surer ones, and without others that surer ones take
// the place of.
std::vector<LayoutPart> distinct(std::span<const LayoutPart> parts) {
  std::vector<LayoutPart> sorted(parts.begin(), parts.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.confidence > b.confidence; });
  std::vector<LayoutPart> kept;
  for (const auto& part : sorted) {
    double covered = 0;
    bool is_known = false;
    for (const auto& other : kept) {
      if (is_text(part) && is_text(other)) covered += shared_area(part.box, other.box);
      is_known = is_known || intersection_over_union(part.box, other.box) > kMaxOverlap;
    }
    if (!is_known && covered < kMaxOverlap * area(part.box)) kept.push_back(part);
  }
  return kept;
}

// The part that a line belongs to.
std::optional<std::size_t> part_of(const LabelLine& line, std::span<const LayoutPart> parts) {
  constexpr double kAll = 0.9;
  std::optional<std::size_t> best;
  std::pair<double, double> best_rank;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const double common = shared_area(line.box, parts[i].box);
    if (common <= 0 || common < kMinCovered * area(line.box)) continue;
    const std::pair rank{std::min(common / area(line.box), kAll), -area(parts[i].box)};
    if (best && rank <= best_rank) continue;
    best = i;
    best_rank = rank;
  }
  return best;
}

std::vector<LabelLine> in_reading_order(const std::vector<LabelLine>& lines) {
  std::vector<PixelBox> boxes;
  for (const auto& line : lines) boxes.push_back(line.box);
  std::vector<LabelLine> ordered;
  for (const std::size_t i : reading_order(boxes)) ordered.push_back(lines[i]);
  return ordered;
}

// Rows from top to bottom, each from left to right, as the cells of a table are read.
std::vector<LabelLine> in_rows(std::vector<LabelLine> lines) {
  const auto middle = [](const LabelLine& line) { return (line.box.top + line.box.bottom) / 2; };
  std::stable_sort(lines.begin(), lines.end(),
                   [&](const auto& a, const auto& b) { return middle(a) < middle(b); });
  for (auto row = lines.begin(); row != lines.end();) {
    auto end = row + 1;
    while (end != lines.end() && middle(*end) < row->box.bottom) ++end;
    std::stable_sort(row, end,
                     [](const auto& a, const auto& b) { return a.box.left < b.box.left; });
    row = end;
  }
  return lines;
}

// A region, or a line that no part covers and that goes on as a paragraph.
struct Entry {
  LabelRegion region;
  bool is_paragraph;
};

bool is_beside(const PixelBox& box, const PixelBox& row) {
  const float middle = (box.top + box.bottom) / 2;
  return row.top < middle && middle < row.bottom;
}

// Around lines that stand beside one another.
std::vector<PixelBox> rows_of(const std::vector<LabelLine>& lines) {
  std::vector<PixelBox> rows;
  for (const auto& line : lines) {
    if (!rows.empty() && is_beside(line.box, rows.back())) {
      rows.back() = around(rows.back(), line.box);
    } else {
      rows.push_back(line.box);
    }
  }
  return rows;
}

// Whether a line goes on behind others of a paragraph.
bool continues(const std::vector<LabelLine>& lines, const PixelBox& next) {
  const auto rows = rows_of(lines);
  const PixelBox& last = rows.back();
  const auto [lower, higher] = std::minmax({height(lines.back().box), height(next)});
  if (higher > kMaxHeights * lower) return false;
  if (is_beside(next, last))
    return next.left > lines.back().box.left && next.left < last.right + kMaxBlank * lower;
  const float gap = next.top - last.bottom;
  // Rows of a paragraph are as far apart as its first two.
  const float usual =
      rows.size() > 1 ? rows[1].top - rows[0].bottom + kGapSlack * lower : kMaxLineGap * lower;
  const float indent = kMinIndent * lower;
  const bool begins =
      rows.size() > 1 && next.left > last.left + indent && next.right > last.right - indent;
  const float common = std::min(last.right, next.right) - std::max(last.left, next.left);
  return !begins && next.top > last.top && gap < std::min(usual, kMaxLineGap * lower) &&
         common > kMinCommonWidth * std::min(width(last), width(next));
}

Entry paragraph_of(const LabelLine& line) {
  return {{.category = "text", .box = line.box, .confidence = line.confidence, .lines = {line}},
          true};
}

// All in reading order; paragraphs that follow one another and go on are one.
std::vector<LabelRegion> join_paragraphs(std::vector<Entry> entries) {
  std::vector<PixelBox> boxes;
  for (const auto& entry : entries) boxes.push_back(entry.region.box);
  std::vector<LabelRegion> regions;
  bool open = false;
  for (const std::size_t i : reading_order(boxes)) {
    auto& [region, is_paragraph] = entries[i];
    if (open && is_paragraph && continues(regions.back().lines, region.box)) {
      LabelRegion& paragraph = regions.back();
      const auto before = static_cast<float>(paragraph.lines.size());
      paragraph.confidence = (paragraph.confidence * before + region.confidence) / (before + 1);
      paragraph.box = around(paragraph.box, region.box);
      paragraph.lines.push_back(std::move(region.lines.front()));
    } else {
      regions.push_back(std::move(region));
    }
    open = is_paragraph;
  }
  return regions;
}

std::vector<LabelRegion> paragraphs_of(const std::vector<LabelLine>& lines) {
  std::vector<Entry> entries;
  for (const auto& line : lines) entries.push_back(paragraph_of(line));
  return join_paragraphs(std::move(entries));
}

// Share of the part that its lines fill, and share of them that stand in paragraphs.
struct Filling {
  double filled = 0, prose = 0;
};

Filling filling_of(const LayoutPart& part, const std::vector<LabelLine>& lines) {
  std::vector<LabelLine> within;
  double filled = 0;
  for (const auto& line : lines) {
    const double common = shared_area(line.box, part.box);
    filled += common;
    if (common >= kMinCovered * area(line.box)) within.push_back(line);
  }
  double prose = 0;
  for (const auto& paragraph : paragraphs_of(within)) {
    float widths = 0;
    float heights = 0;
    double areas = 0;
    for (const auto& line : paragraph.lines) {
      widths += width(line.box);
      heights += height(line.box);
      areas += area(line.box);
    }
    if (paragraph.lines.size() >= kMinProseLines && widths > kMinProseWidth * heights)
      prose += areas;
  }
  return {filled / area(part.box), filled > 0 ? prose / filled : 0};
}

// The network takes text on a picture, columns of a newspaper and pages of notes for images and
// tables. It also draws tables around text of which it is surer.
bool is_mistaken(const LayoutPart& part, std::span<const LayoutPart> parts,
                 const std::vector<LabelLine>& lines) {
  if (part.category != "image" && part.category != "table") return false;
  const bool is_refuted = std::any_of(parts.begin(), parts.end(), [&](const LayoutPart& other) {
    return other.category == "text" && other.confidence > part.confidence &&
           shared_area(other.box, part.box) > kMinInside * area(other.box) &&
           area(other.box) > kMinRefuting * area(part.box);
  });
  const auto [filled, prose] = filling_of(part, lines);
  if (part.category == "table")
    return is_refuted || (filled > kMaxFilledTable && prose > kMaxProse);
  return is_refuted || filled > kMaxFilledImage || prose > kMaxProse;
}

}  // namespace

PageLabels join_layout(const std::vector<LabelLine>& lines, std::span<const LayoutPart> parts) {
  std::vector<LayoutPart> kept = distinct(parts);
  std::erase_if(kept, [&](const LayoutPart& part) { return is_mistaken(part, parts, lines); });
  std::vector<std::vector<LabelLine>> lines_of(kept.size());
  std::vector<Entry> entries;
  for (const auto& line : lines) {
    if (const auto part = part_of(line, kept)) {
      lines_of[*part].push_back(line);
    } else {
      entries.push_back(paragraph_of(line));
    }
  }
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const auto& [category, box, confidence] = kept[i];
    if (is_text(kept[i]) && lines_of[i].empty()) continue;
    if (category == "text") {
      for (LabelRegion& paragraph : paragraphs_of(lines_of[i])) {
        paragraph.confidence = confidence;
        entries.push_back({std::move(paragraph), false});
      }
      continue;
    }
    // The lines are where they are; the network's boxes of texts cut them or reach too far.
    PixelBox whole = is_text(kept[i]) ? lines_of[i].front().box : box;
    for (const auto& line : lines_of[i]) whole = around(whole, line.box);
    auto ordered = category == "table" ? in_rows(lines_of[i]) : in_reading_order(lines_of[i]);
    entries.push_back({{std::string(category), whole, confidence, std::move(ordered)}, false});
  }
  return {join_paragraphs(std::move(entries))};
}

}  // namespace dsocr::data
