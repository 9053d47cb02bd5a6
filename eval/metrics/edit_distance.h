#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace dsocr::metrics {

/// Levenshtein distance in code points: insertions, deletions and substitutions cost 1, there is no
/// transposition (spec: Fox, section 3). Time grows with length times distance / 64.
size_t edit_distance(std::u32string_view a, std::u32string_view b);

/// The same on token ids (`InternedPair`): a distance in words.
size_t edit_distance(std::span<const uint32_t> a, std::span<const uint32_t> b);

/// edit_distance / length of the longer text, 0..1. Two empty texts give 0; upstream divides by
/// zero there (spec: Fox, section 3).
double normalised_edit_distance(std::u32string_view a, std::u32string_view b);

/// The same for a distance that is known already.
double normalised_edit_distance(size_t distance, size_t len_a, size_t len_b);

}  // namespace dsocr::metrics
