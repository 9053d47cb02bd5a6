#pragma once

#include <cstddef>
#include <string_view>

// Repetition loops: a model that writes the same words, line or cell over and over, mostly until
// its length limit. Set precision does not see them (spec: Fox, section 3), so a page carries a
// flag.
namespace dsocr::metrics {

/// The most repetitive stretch of a text. Lengths are code points of the condensed text: white
/// space as single spaces, a markup tag as one sign, and more than three equal characters in a row
/// as three, so that layout, table markup, dot leaders and rules weigh little.
struct Repetition {
  bool looping = false;
  size_t period = 0;            ///< most frequent distance between equal 20-grams of the stretch
  size_t repeats = 0;           ///< whole periods in the stretch
  size_t covered = 0;           ///< length of the stretch; 0 when nothing repeats
  double distinct_ratio = 1.0;  ///< distinct 20-grams of the stretch / all of them, in (0, 1]
};

/// Finds the stretch and decides whether it is a loop.
///
/// A 20-gram that occurs at least four times in the text is repeated. The stretch is the run of
/// 20-grams with the greatest sum of +1 for a repeated and -2 for another one: at least two thirds
/// of it repeat. So a loop may be cut off, may vary from round to round, and may end before the
/// text does. It is a loop when
/// - distinct_ratio <= 0.25 and covered >= 1000, or covered >= 2000 when under a quarter of it are
///   letters (tables of zeros are real); or
/// - after replacing every run of digits by one '0': distinct_ratio <= 0.1, covered >= 4000, a
///   quarter letters. This finds numbered loops ("461. See above. 462. See above. ..."); the
///   fields then describe that text. Loops that only count ("1. 2. 3. ...") are not found.
/// One code point 1000 times in a row is a loop of period 1 over that run.
/// Where nothing loops, the fields describe the stretch of the first rule all the same.
///
/// Tuned so that no Fox page loops in the ground truth or in the Small run. Time n log n.
Repetition find_repetition(std::u32string_view text);

}  // namespace dsocr::metrics
