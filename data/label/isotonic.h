#pragma once

#include <span>
#include <vector>

namespace dsocr::data {

/// A point of a curve that only falls.
struct CurvePoint {
  double x = 0, y = 0;

  template <class V>
  void fields(V& v) {
    v("x", x, "place");
    v("y", y, "height");
  }
  bool operator==(const CurvePoint&) const = default;
};

/// What was seen at a place, so many times.
struct Observation {
  double x = 0, y = 0, weight = 0;
};

/// The curve that never rises and lies nearest to what was seen, by weighted squares (isotonic
/// regression by pooling of adjacent violators, Ayer 1955): a point for each step, at its weighted
/// mean. Observations without weight do not count. By growing x; empty for nothing.
std::vector<CurvePoint> fit_falling(std::span<const Observation> seen);

/// Height of the curve, straight between its points and level beyond them. It must have points.
double height_at(std::span<const CurvePoint> curve, double x);

}  // namespace dsocr::data
