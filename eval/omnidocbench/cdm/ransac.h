#pragma once

#include <span>
#include <utility>
#include <vector>

#include "eval/omnidocbench/version.h"

namespace dsocr::omnidocbench::cdm {

/// (y, x)
struct Point {
  double y = 0, x = 0;
};

/// Which pairs (from, to) agree with a common scale and shift, found in rounds of RANSAC with the
/// random numbers of numpy: five rounds of 500 trials on two pairs in v1.7, three of at most 50 on
/// three pairs in v1.5 (spec: OmniDocBench CDM, section 7). Never throws on any pairs.
std::vector<bool> find_inliers(std::span<const std::pair<Point, Point>> pairs, Version version);

}  // namespace dsocr::omnidocbench::cdm
