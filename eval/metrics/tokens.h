#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "eval/normalize/unicode.h"

namespace dsocr::metrics {

/// How a page is cut into tokens (spec: Fox, section 3).
enum class Segmenter { kWhitespace, kJieba };

/// kJieba when either text has a code point in U+4E00..U+9FA5, else kWhitespace. The choice is made
/// per page: one Han character in a prediction moves the whole pair to jieba.
Segmenter choose_segmenter(std::u32string_view a, std::u32string_view b);

/// The tokens of a pair as small numbers: equal tokens have equal ids, ids are dense from 0 in
/// order of first appearance (reference first). Sets and n-grams then work on integers.
struct InternedPair {
  std::vector<uint32_t> reference;
  std::vector<uint32_t> hypothesis;
  size_t num_distinct = 0;  // ids are below this

  /// The same pair with the roles exchanged (spec: Fox, section 3, "The swapped arguments").
  InternedPair swapped() const { return {hypothesis, reference, num_distinct}; }
};

/// Throws std::length_error above 2^31 tokens.
InternedPair intern(const Tokens& reference, const Tokens& hypothesis);

}  // namespace dsocr::metrics
