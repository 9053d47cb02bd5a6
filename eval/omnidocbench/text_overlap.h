#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "eval/metrics/wordnet.h"

// Two metrics that the official evaluator computes on request. It gives the ground truth as
// hypothesis and the prediction as reference (spec: OmniDocBench, section 7).
namespace dsocr::omnidocbench {

/// A ground truth and a prediction.
using TextPair = std::pair<std::u32string_view, std::u32string_view>;

/// Corpus BLEU-4 without smoothing, tokens by the rules of mteval 13a; 0 when some order has no
/// match.
double corpus_bleu(const std::vector<TextPair>& pairs);

/// Mean METEOR over the pairs, tokens between white space. Without WordNet synonyms do not count.
double mean_meteor(const std::vector<TextPair>& pairs, const metrics::WordNet* wordnet);

}  // namespace dsocr::omnidocbench
