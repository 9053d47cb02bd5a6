#pragma once

#include <optional>

#include "eval/metrics/tokens.h"

namespace dsocr::metrics {

/// Overlap of the *sets* of distinct tokens R and H; values in 0..1. A repeated or missing passage
/// may leave precision at 1: report recall and edit distance beside it (spec: Fox, section 3).
struct SetOverlap {
  std::optional<double> precision;  // |R & H| / |H|; none for an empty hypothesis
  std::optional<double> recall;     // |R & H| / |R|; none for an empty reference
  std::optional<double> f_measure;  // harmonic mean; 0 when either is 0, none when either is none
};

SetOverlap set_overlap(const InternedPair& pair);

}  // namespace dsocr::metrics
