#include "eval/metrics/set_overlap.h"

#include <cstdint>
#include <vector>

namespace dsocr::metrics {

SetOverlap set_overlap(const InternedPair& pair) {
  constexpr uint8_t kInReference = 1, kInHypothesis = 2, kInBoth = 3;
  std::vector<uint8_t> membership(pair.num_distinct);
  for (const uint32_t id : pair.reference) membership[id] |= kInReference;
  for (const uint32_t id : pair.hypothesis) membership[id] |= kInHypothesis;
  size_t in_reference = 0, in_hypothesis = 0, in_both = 0;
  for (const uint8_t member : membership) {
    in_reference += (member & kInReference) != 0;
    in_hypothesis += (member & kInHypothesis) != 0;
    in_both += member == kInBoth;
  }

  SetOverlap overlap;
  const auto both = static_cast<double>(in_both);
  if (in_hypothesis > 0) overlap.precision = both / static_cast<double>(in_hypothesis);
  if (in_reference > 0) overlap.recall = both / static_cast<double>(in_reference);
  if (overlap.precision && overlap.recall) {
    // Upstream's own expression: 2pr/(p+r) rounds differently in the last digit.
    overlap.f_measure = in_both == 0 ? 0.0 : 1 / (0.5 / *overlap.precision + 0.5 / *overlap.recall);
  }
  return overlap;
}

}  // namespace dsocr::metrics
