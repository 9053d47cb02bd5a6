#include "eval/metrics/layout.h"

#include <algorithm>
#include <map>
#include <utility>

namespace dsocr::metrics {
namespace {

struct Found {
  double confidence;
  bool right;
};

// Found parts of one page and category, each with whether it is right.
std::vector<Found> judge(std::vector<const LayoutBox*> found,
                         const std::vector<const LayoutBox*>& expected, double overlap) {
  std::stable_sort(found.begin(), found.end(), [](const LayoutBox* a, const LayoutBox* b) {
    return a->confidence > b->confidence;
  });
  std::vector<bool> taken(expected.size(), false);
  std::vector<Found> judged;
  for (const LayoutBox* box : found) {
    std::size_t best = expected.size();
    double best_overlap = overlap;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const double shared = intersection_over_union(box->box, expected[i]->box);
      if (taken[i] || shared < best_overlap || (best < expected.size() && shared == best_overlap))
        continue;
      best = i;
      best_overlap = shared;
    }
    judged.push_back({box->confidence, best < expected.size()});
    if (best < expected.size()) taken[best] = true;
  }
  return judged;
}

double average_precision(std::vector<Found> found, std::size_t expected) {
  std::stable_sort(found.begin(), found.end(),
                   [](const Found& a, const Found& b) { return a.confidence > b.confidence; });
  std::vector<double> precision;
  double right = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    right += found[i].right ? 1 : 0;
    precision.push_back(right / static_cast<double>(i + 1));
  }
  // The best precision that is to be had at this recall or more.
  double area = 0, best = 0;
  for (std::size_t i = found.size(); i-- > 0;) {
    best = std::max(best, precision[i]);
    if (found[i].right) area += best;
  }
  return area / static_cast<double>(expected);
}

double share(std::size_t part, std::size_t all) {
  return all == 0 ? 1 : static_cast<double>(part) / static_cast<double>(all);
}

}  // namespace

double intersection_over_union(const std::array<double, 4>& a, const std::array<double, 4>& b) {
  const auto area = [](const std::array<double, 4>& box) {
    return std::max(0.0, box[2] - box[0]) * std::max(0.0, box[3] - box[1]);
  };
  const double shared = area(
      {std::max(a[0], b[0]), std::max(a[1], b[1]), std::min(a[2], b[2]), std::min(a[3], b[3])});
  const double covered = area(a) + area(b) - shared;
  return covered > 0 ? shared / covered : 0;
}

LayoutScores layout_scores(std::span<const LayoutPage> pages, double overlap) {
  struct Category {
    std::vector<Found> found = {};
    std::size_t expected = 0;
  };
  std::map<std::string, Category> categories;
  for (const LayoutPage& page : pages) {
    std::map<std::string, std::pair<std::vector<const LayoutBox*>, std::vector<const LayoutBox*>>>
        of_page;
    for (const LayoutBox& box : page.found) of_page[box.category].first.push_back(&box);
    for (const LayoutBox& box : page.expected) of_page[box.category].second.push_back(&box);
    for (const auto& [name, boxes] : of_page) {
      const std::vector<Found> judged = judge(boxes.first, boxes.second, overlap);
      Category& category = categories[name];
      category.found.insert(category.found.end(), judged.begin(), judged.end());
      category.expected += boxes.second.size();
    }
  }
  LayoutScores scores;
  std::size_t true_categories = 0;
  double sum = 0;
  for (const auto& [name, category] : categories) {
    scores.found += category.found.size();
    scores.expected += category.expected;
    scores.right +=
        static_cast<std::size_t>(std::count_if(category.found.begin(), category.found.end(),
                                               [](const Found& found) { return found.right; }));
    if (category.expected == 0) continue;
    ++true_categories;
    sum += average_precision(category.found, category.expected);
  }
  scores.precision = share(scores.right, scores.found);
  scores.recall = share(scores.right, scores.expected);
  const std::size_t both = scores.found + scores.expected;
  scores.f1 = both == 0 ? 1 : 2 * static_cast<double>(scores.right) / static_cast<double>(both);
  scores.mean_average_precision =
      true_categories > 0 ? sum / static_cast<double>(true_categories) : share(0, scores.found);
  return scores;
}

}  // namespace dsocr::metrics
