#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace dsocr::metrics {

class WordNet;

/// A token of the hypothesis and the token of the reference that it was matched with, by position.
struct MeteorMatch {
  size_t hypothesis;
  size_t reference;
  friend bool operator==(const MeteorMatch&, const MeteorMatch&) = default;
};

/// METEOR's alignment, in the order of the hypothesis: lower-cased tokens are matched by string,
/// then by Porter stem, then by synonyms in WordNet (nullptr leaves this stage out). Every stage
/// goes from the last free hypothesis token to the first and takes the last free reference token
/// that fits. The third stage looks up the stems, not the words, as nltk does.
std::vector<MeteorMatch> meteor_alignment(std::span<const std::u32string_view> reference,
                                          std::span<const std::u32string_view> hypothesis,
                                          const WordNet* wordnet);

/// METEOR in [0, 1] as nltk's single_meteor_score computes it (Lavie and Agarwal, 2007; alpha 0.9,
/// beta 3, gamma 0.5), to the last bit. 0 without a match, so also when either side is empty; a
/// perfect page of n words scores 1 - 0.5 / n^3, a page of one word thus 0.5. Without WordNet the
/// value is another metric, to be labelled so. Source: spec: Fox, section 3.
double meteor(std::span<const std::u32string_view> reference,
              std::span<const std::u32string_view> hypothesis, const WordNet* wordnet);

}  // namespace dsocr::metrics
