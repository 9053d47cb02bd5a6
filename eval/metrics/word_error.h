#pragma once

#include <cstddef>
#include <span>
#include <string_view>

// Error rates of readings: edits for each character or word that stands on the page. Normalise both
// texts first (normalize/orthography.h); here nothing is taken for the same but what is.
namespace dsocr::metrics {

/// Edits between a truth and its reading, and how long the truth is.
struct ErrorCounts {
  std::size_t edits = 0;   // insertions, deletions and substitutions
  std::size_t length = 0;  // of the truth

  /// edits / length; above 1 when much is read that is not there. A truth without a character
  /// counts as one: 0 for an empty reading, else the number of edits.
  double rate() const;
};

/// In code points: a letter and its mark are two.
ErrorCounts character_errors(std::u32string_view truth, std::u32string_view reading);

/// In words, which are what white space parts, with the punctuation at them. Says little of scripts
/// that set no spaces.
ErrorCounts word_errors(std::u32string_view truth, std::u32string_view reading);

/// Edits and length of all pages together: a long page weighs more.
ErrorCounts sum(std::span<const ErrorCounts> pages);

/// The middle of the pages' rates, of an even number the mean of both; 0 without pages.
double median_rate(std::span<const ErrorCounts> pages);

}  // namespace dsocr::metrics
