#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace dsocr::metrics {

/// A part of a page's layout, found or true. Sides in any unit, the same for both.
struct LayoutBox {
  std::string category = {};
  std::array<double, 4> box = {};  // left, top, right, bottom
  double confidence = 1;
};

/// Area that two boxes share over the area that they cover, 0..1; 0 for boxes without area.
double intersection_over_union(const std::array<double, 4>& a, const std::array<double, 4>& b);

/// How well parts were found over many pages.
struct LayoutScores {
  double precision = 0, recall = 0, f1 = 0;  // over all parts of all categories
  double mean_average_precision = 0;         // over the categories that are truly there
  std::size_t found = 0, expected = 0, right = 0;
};

struct LayoutPage {
  std::vector<LayoutBox> found = {}, expected = {};
};

/// A part is right when it has the category of a true one that no surer part has taken and shares
/// at least `overlap` of their area (PASCAL VOC's rule). Average precision is the area under the
/// interpolated curve of precision over recall (VOC 2010 and later). Pages without parts on either
/// side count for nothing; no true parts at all and none found give 1.
LayoutScores layout_scores(std::span<const LayoutPage> pages, double overlap = 0.5);

}  // namespace dsocr::metrics
