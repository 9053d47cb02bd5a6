#include "data/label/isotonic.h"

#include <algorithm>
#include <iterator>

namespace dsocr::data {
namespace {

// Neighbours that share a step, as sums.
struct Step {
  double x = 0, y = 0, weight = 0;

  double height() const { return y / weight; }
};

}  // namespace

std::vector<CurvePoint> fit_falling(std::span<const Observation> seen) {
  std::vector<Observation> sorted(seen.begin(), seen.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Observation& a, const Observation& b) { return a.x < b.x; });
  std::vector<Step> steps;
  double last_x = 0;
  for (const Observation& point : sorted) {
    if (point.weight <= 0) continue;
    const bool same_place = !steps.empty() && point.x == last_x;
    last_x = point.x;
    if (!same_place) steps.emplace_back();
    Step& step = steps.back();
    step.x += point.x * point.weight;
    step.y += point.y * point.weight;
    step.weight += point.weight;
    while (steps.size() > 1 && steps.back().height() >= steps[steps.size() - 2].height()) {
      const Step merged = steps.back();
      steps.pop_back();
      steps.back().x += merged.x;
      steps.back().y += merged.y;
      steps.back().weight += merged.weight;
    }
  }
  std::vector<CurvePoint> curve;
  for (const Step& step : steps) curve.push_back({step.x / step.weight, step.height()});
  return curve;
}

double height_at(std::span<const CurvePoint> curve, double x) {
  const auto after = std::upper_bound(curve.begin(), curve.end(), x,
                                      [](double at, const CurvePoint& p) { return at < p.x; });
  if (after == curve.begin()) return curve.front().y;
  if (after == curve.end()) return curve.back().y;
  const CurvePoint &left = *std::prev(after), &right = *after;
  return left.y + (right.y - left.y) * (x - left.x) / (right.x - left.x);
}

}  // namespace dsocr::data
