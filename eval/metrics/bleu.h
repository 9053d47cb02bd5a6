#pragma once

#include "eval/metrics/tokens.h"

namespace dsocr::metrics {

/// BLEU-4 of one hypothesis against one reference, 0..1, without smoothing (spec: Fox, section 3;
/// equals nltk's sentence_bleu with default arguments). No unigram in common, or an empty text,
/// gives 0; any other order without a match counts as the smallest normal double, so that scores of
/// about 1e-78, 1e-155 and 1e-232 are regular results.
double sentence_bleu(const InternedPair& pair);

}  // namespace dsocr::metrics
