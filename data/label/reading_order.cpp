#include "data/label/reading_order.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

namespace dsocr::data {
namespace {

using Indices = std::vector<std::size_t>;

constexpr float kColumnSlack = 0.03F;  // share of a width that may reach into the gap on each side
constexpr float kRowSlack = 0.2F;      // share of a height likewise
constexpr float kStacked = 0.1F;       // share of the narrower box that both have in common
constexpr float kInRow = 0.5F;         // share of the lower box likewise
constexpr float kMateHeight = 1.2F;    // heights of the box that it stands beside
constexpr float kMateWidth = 0.25F;    // widths of the widest box beside it
constexpr float kSparse = 0.5F;        // share of a column's height that is filled

float share(float first_begin, float first_end, float second_begin, float second_end) {
  const float common = std::min(first_end, second_end) - std::max(first_begin, second_begin);
  const float smaller = std::min(first_end - first_begin, second_end - second_begin);
  return common > 0 ? common / smaller : 0;
}

// Of the narrower box or the lower one, what it has in common with the other along one axis.
float common_width(const PixelBox& a, const PixelBox& b) {
  return share(a.left, a.right, b.left, b.right);
}
float common_height(const PixelBox& a, const PixelBox& b) {
  return share(a.top, a.bottom, b.top, b.bottom);
}

bool stacked(const PixelBox& a, const PixelBox& b) {
  return common_width(a, b) > kStacked && common_width(a, b) >= common_height(a, b);
}

float middle(const PixelBox& box) { return (box.top + box.bottom) / 2; }
float width(const PixelBox& box) { return box.right - box.left; }
float height(const PixelBox& box) { return box.bottom - box.top; }

// Parts of a line, each with what it stands for.
struct Stretch {
  float begin, end;
  std::size_t index;
};

// Groups between which no stretch lies, from the first to the last.
std::vector<Indices> split_at_gaps(std::vector<Stretch> stretches) {
  std::stable_sort(stretches.begin(), stretches.end(),
                   [](const auto& a, const auto& b) { return a.begin < b.begin; });
  std::vector<Indices> groups;
  float end = 0;
  for (const auto& stretch : stretches) {
    if (groups.empty() || stretch.begin >= end) groups.emplace_back();
    end = groups.back().empty() ? stretch.end : std::max(end, stretch.end);
    groups.back().push_back(stretch.index);
  }
  return groups;
}

Indices joined(Indices first, const Indices& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

class Parts {
 public:
  explicit Parts(std::span<const PixelBox> boxes) : boxes_(boxes) {
    std::vector<float> heights;
    for (const auto& box : boxes) heights.push_back(height(box));
    const auto median = heights.begin() + static_cast<std::ptrdiff_t>(heights.size() / 2);
    if (median == heights.end()) return;
    std::nth_element(heights.begin(), median, heights.end());
    median_height_ = *median;
  }

  Indices order(const Indices& part) const {
    if (part.size() <= 1) return part;
    auto cut = columns(part);
    if (cut.size() == 1) cut = bands(part);
    if (cut.size() == 1) return order_uncut(part);
    Indices ordered;
    for (const auto& piece : cut) ordered = joined(std::move(ordered), order(piece));
    return ordered;
  }

 private:
  std::vector<Indices> columns(const Indices& part) const {
    std::vector<Stretch> stretches;
    for (const std::size_t i : part) {
      const float slack = kColumnSlack * width(boxes_[i]);
      stretches.push_back({boxes_[i].left + slack, boxes_[i].right - slack, i});
    }
    std::vector<Indices> found;
    for (auto& column : split_at_gaps(std::move(stretches))) {
      if (!found.empty() && !are_columns(found.back(), column)) {
        found.back() = joined(std::move(found.back()), column);
      } else {
        found.push_back(std::move(column));
      }
    }
    return found;
  }

  // Groups with a gap between them are columns when something stands beside something, and neither
  // only adds small things to the rows of the other.
  bool are_columns(const Indices& left, const Indices& right) const {
    const bool beside = std::any_of(left.begin(), left.end(), [&](std::size_t i) {
      return std::any_of(right.begin(), right.end(), [&](std::size_t j) {
        return common_height(boxes_[i], boxes_[j]) > kInRow;
      });
    });
    return beside && !adds_to_rows(left, right) && !adds_to_rows(right, left);
  }

  bool adds_to_rows(const Indices& small, const Indices& rows) const {
    if (small.size() > 1 && filled(small) >= kSparse) return false;
    const bool all_in_rows = std::all_of(small.begin(), small.end(), [&](std::size_t i) {
      return std::any_of(rows.begin(), rows.end(), [&](std::size_t j) {
        return common_height(boxes_[i], boxes_[j]) > kInRow &&
               height(boxes_[i]) <= kMateHeight * height(boxes_[j]);
      });
    });
    if (!all_in_rows) return false;
    float sum = 0;
    for (const std::size_t i : small) sum += width(boxes_[i]);
    float widest = 0;
    for (const std::size_t j : rows) widest = std::max(widest, width(boxes_[j]));
    return sum < kMateWidth * widest * static_cast<float>(small.size());
  }

  // Share of the height between the top and the bottom of a column that its boxes have.
  float filled(const Indices& column) const {
    float top = boxes_[column.front()].top;
    float bottom = boxes_[column.front()].bottom;
    float sum = 0;
    for (const std::size_t i : column) {
      top = std::min(top, boxes_[i].top);
      bottom = std::max(bottom, boxes_[i].bottom);
      sum += height(boxes_[i]);
    }
    return sum / (bottom - top);
  }

  // Rows from top to bottom, those that have columns in common together.
  std::vector<Indices> bands(const Indices& part) const {
    std::vector<Stretch> stretches;
    for (const std::size_t i : part) {
      const float slack = kRowSlack * std::min(height(boxes_[i]), median_height_);
      stretches.push_back({boxes_[i].top + slack, boxes_[i].bottom - slack, i});
    }
    std::vector<Indices> found;
    for (auto& row : split_at_gaps(std::move(stretches))) {
      Indices both = found.empty() ? Indices() : joined(found.back(), row);
      if (!found.empty() && columns(both).size() > 1) {
        found.back() = std::move(both);
      } else {
        found.push_back(std::move(row));
      }
    }
    return found;
  }

  // Takes one that nothing left stands before, if it can be below the last one; else the topmost.
  Indices order_uncut(Indices part) const {
    std::stable_sort(part.begin(), part.end(), [&](std::size_t a, std::size_t b) {
      return std::pair(middle(boxes_[a]), a) < std::pair(middle(boxes_[b]), b);
    });
    std::vector<Indices> after(part.size());
    std::vector<std::size_t> waits_for(part.size(), 0);
    const auto table = stack_table(part);
    for (std::size_t a = 0; a < part.size(); ++a) {
      for (std::size_t b = a + 1; b < part.size(); ++b) {
        std::size_t first = a;
        std::size_t second = b;
        if (table[a][b] == 0) {
          if (is_parted(table, a, b)) continue;
          if (boxes_[part[b]].left < boxes_[part[a]].left) std::swap(first, second);
        }
        after[first].push_back(second);
        ++waits_for[second];
      }
    }
    Indices left(part.size());
    std::iota(left.begin(), left.end(), std::size_t{0});
    Indices ordered;
    while (!left.empty()) {
      const auto rank = [&](std::size_t i) {
        const PixelBox& box = boxes_[part[i]];
        const bool leaves =
            !ordered.empty() && common_width(box, boxes_[ordered.back()]) <= kStacked;
        return std::tuple(waits_for[i], leaves, box.top, box.left);
      };
      const auto next =
          std::min_element(left.begin(), left.end(),
                           [&](std::size_t a, std::size_t b) { return rank(a) < rank(b); });
      for (const std::size_t i : after[*next]) --waits_for[i];
      ordered.push_back(part[*next]);
      left.erase(next);
    }
    return ordered;
  }

  // For each two boxes of a part whether one stands on the other.
  std::vector<std::vector<char>> stack_table(const Indices& part) const {
    std::vector<std::vector<char>> table(part.size(), std::vector<char>(part.size(), 0));
    for (std::size_t a = 0; a < part.size(); ++a)
      for (std::size_t b = 0; b < part.size(); ++b)
        table[a][b] = stacked(boxes_[part[a]], boxes_[part[b]]) ? 1 : 0;
    return table;
  }

  // Whether something that stands across both lies between the two, in a part from top to bottom.
  static bool is_parted(const std::vector<std::vector<char>>& table, std::size_t a, std::size_t b) {
    for (std::size_t i = a + 1; i < b; ++i)
      if (table[a][i] != 0 && table[b][i] != 0) return true;
    return false;
  }

  std::span<const PixelBox> boxes_;
  float median_height_ = 0;
};

}  // namespace

std::vector<std::size_t> reading_order(std::span<const PixelBox> boxes) {
  Indices all(boxes.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return Parts(boxes).order(all);
}

}  // namespace dsocr::data
