#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "data/label/voted_lines.h"

namespace dsocr::data {

/// A page whose text is known.
struct TruthPage {
  std::span<const EngineLabels> engines = {};
  std::string_view text = {};             // UTF-8, in any order of its parts
  const CharacterModel* model = nullptr;  // not trained on this page
};

struct FittedTrust {
  std::vector<NamedTrust> engines = {};        // by name
  double model_weight = 0, length_weight = 0;  // of VoteOptions
  std::uint64_t num_differences = 0;           // that the truth decided

  template <class V>
  void fields(V& v) {
    v("engines", engines, "how far each engine is trusted");
    v("model_weight", model_weight, "of log probabilities beside log odds");
    v("length_weight", length_weight, "of each code point");
    v("num_differences", num_differences, "places from which this was learnt");
  }
  bool operator==(const FittedTrust&) const = default;
};

/// How far each engine is to be trusted, by script class, from the places in which engines differ
/// and one of their choices is nearer to the truth: a conditional logit model of the choice, drawn
/// to what is taken without any pages where there is little to learn from.
FittedTrust fit_trust(std::span<const TruthPage> pages);

}  // namespace dsocr::data
