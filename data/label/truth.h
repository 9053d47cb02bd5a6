#pragma once

#include <cstddef>
#include <string_view>

namespace dsocr::data {

/// The part of a truth that is nearest to a text.
struct SpanMatch {
  std::size_t distance = 0;        // insertions, deletions and replacements of code points
  std::size_t begin = 0, end = 0;  // code points of the truth
};

/// The span of the truth with the least distance to the text; of equals the first to end, and of
/// those the longest. Memory grows with the text's length, time with the product of both.
SpanMatch match_span(std::u32string_view text, std::u32string_view truth);

/// Share of a text that is wrong, 0..1: its distance to the nearest span of the truth to the length
/// of the longer of both. Both must be `comparable()`. Where the text stands in the truth does not
/// matter, so that the order of regions does not; nor does what the text lacks at its ends. 0 for
/// an empty text.
double error_in(std::u32string_view text, std::u32string_view truth);

}  // namespace dsocr::data
