#pragma once

#include <string_view>
#include <vector>

#include "data/image/image.h"
#include "data/label/labeller.h"
#include "data/label/ppocr/network.h"

namespace dsocr::data {

/// A part of a layout without what stands in it.
struct LayoutPart {
  std::string_view category = {};  // one of kLabelCategories
  PixelBox box = {};
  float confidence = 0;

  bool operator==(const LayoutPart&) const = default;
};

/// Finds the parts of a page by PP-Structure's PicoDet network trained on CDLA.
class LayoutDetector {
 public:
  /// Throws what Network throws.
  explicit LayoutDetector(const NetworkFile& file) : network_(file) {}

  /// Parts of at least even odds, by category; those of one category overlap by half at most.
  std::vector<LayoutPart> detect(const Image& page);

  const Network& network() const { return network_; }

 private:
  Network network_;
};

/// Overlap of two boxes to what both cover together.
double intersection_over_union(const PixelBox& a, const PixelBox& b);

}  // namespace dsocr::data
