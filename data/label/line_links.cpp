#include "data/label/line_links.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include "data/label/align.h"
#include "data/label/connected.h"

namespace dsocr::data {
namespace {

// What places say, beside 1 and -1.2 for what engines say; measured on pages of OmniDocBench and on
// rendered ones, where values half or twice as high give nearly the same paragraphs.
constexpr double kClose = 0.5, kWideGap = -2, kOtherSize = -1.5, kSetIn = -1, kEndsEarly = -1;
// In thicknesses of the line: steps from line to line that links may have, the widest step within a
// paragraph, the least indent, and how early a line ends.
constexpr float kLeastStep = 0.4F, kMostStep = 2.6F, kWideStep = 2.2F, kIndent = 0.8F,
                kEarly = 2.5F;
// To the usual step of the column, to another thickness, to the narrower line and to the column.
constexpr float kWiderStep = 1.35F, kThicker = 1.5F, kBeneath = 0.5F, kEarlyShare = 0.12F;

float middle(const PixelBox& box) { return (box.top + box.bottom) / 2; }
float step(const FlowLine& above, const FlowLine& below) {
  return middle(below.box) - middle(above.box);
}

bool may_follow(const FlowLine& above, const FlowLine& below) {
  const auto [thin, thick] = std::minmax(above.thickness, below.thickness);
  const float down = step(above, below);
  if (down < kLeastStep * thin || down > kMostStep * thick) return false;
  const float both =
      std::min(above.box.right, below.box.right) - std::max(above.box.left, below.box.left);
  return both >=
         kBeneath * std::min(above.box.right - above.box.left, below.box.right - below.box.left);
}

using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;

Pairs nearest_pairs(std::span<const FlowLine> lines) {
  std::vector<std::optional<std::size_t>> below(lines.size()), above(lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    for (std::size_t j = 0; j < lines.size(); ++j) {
      if (!may_follow(lines[i], lines[j])) continue;
      const float down = step(lines[i], lines[j]);
      if (!below[i] || down < step(lines[i], lines[*below[i]])) below[i] = j;
      if (!above[j] || down < step(lines[*above[j]], lines[j])) above[j] = i;
    }
  }
  Pairs pairs;
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (below[i] && above[*below[i]] == i) pairs.emplace_back(i, *below[i]);
  return pairs;
}

struct Column {
  PixelBox box = {};
  float usual_step = 0;
};

Column column_of(const std::vector<std::size_t>& members, std::span<const FlowLine> lines) {
  Column column{lines[members.front()].box};
  std::vector<float> steps, middles;
  for (const std::size_t i : members) {
    column.box = around(column.box, lines[i].box);
    middles.push_back(middle(lines[i].box));
  }
  std::sort(middles.begin(), middles.end());
  for (std::size_t i = 1; i < middles.size(); ++i) steps.push_back(middles[i] - middles[i - 1]);
  std::sort(steps.begin(), steps.end());
  if (!steps.empty()) column.usual_step = steps[steps.size() / 2];
  return column;
}

// What the places of two lines say; `next` is what follows the second.
double judge(const FlowLine& above, const FlowLine& below, const FlowLine* next,
             const Column& column) {
  const float thickness = (above.thickness + below.thickness) / 2;
  const float down = step(above, below);
  if (down > kWiderStep * column.usual_step || down > kWideStep * thickness) return kWideGap;
  const auto [thin, thick] = std::minmax(above.thickness, below.thickness);
  if (thick > kThicker * thin) return kOtherSize;
  const float left = next == nullptr ? column.box.left : next->box.left;
  const float indent = kIndent * thickness;
  if (below.box.left - above.box.left > indent && below.box.left - left > indent) return kSetIn;
  const float early =
      std::max(kEarly * thickness, kEarlyShare * (column.box.right - column.box.left));
  return above.box.right < column.box.right - early ? kEndsEarly : kClose;
}

}  // namespace

std::vector<LineLink> link_lines(std::span<const FlowLine> lines) {
  const Pairs pairs = nearest_pairs(lines);
  std::vector<const FlowLine*> next(lines.size(), nullptr);
  for (const auto& [above, below] : pairs) next[above] = &lines[below];
  std::vector<Column> columns(lines.size());
  for (const auto& members : connected(lines.size(), pairs)) {
    const Column column = column_of(members, lines);
    for (const std::size_t i : members) columns[i] = column;
  }
  std::vector<LineLink> links;
  for (const auto& [above, below] : pairs)
    links.push_back({above, below, judge(lines[above], lines[below], next[below], columns[above])});
  return links;
}

std::vector<std::size_t> rows_in_order(std::span<const FlowLine> lines) {
  std::vector<std::size_t> order(lines.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto key = [&](std::size_t i) {
    return std::tuple(middle(lines[i].box), lines[i].box.left, i);
  };
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
  const auto from_left = [&](std::size_t a, std::size_t b) {
    return std::pair(lines[a].box.left, a) < std::pair(lines[b].box.left, b);
  };
  for (auto row = order.begin(); row != order.end();) {
    const FlowLine& first = lines[*row];
    const auto end = std::find_if(row, order.end(), [&](std::size_t i) {
      const float thin = std::min(first.thickness, lines[i].thickness);
      return step(first, lines[i]) >= kBeneath * thin;
    });
    std::sort(row, end, from_left);
    row = end;
  }
  return order;
}

}  // namespace dsocr::data
