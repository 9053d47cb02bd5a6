#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace dsocr::data {

/// A region whose score and error are both known.
struct ScoredRegion {
  double score = 0;   // the share of its text that is expected to be right, 0..1
  double error = 0;   // the share that is wrong, 0..1
  double length = 0;  // characters
};
using ScoredPage = std::vector<ScoredRegion>;

/// Regions with scores in low..high: what was expected of them and what they were.
struct ReliabilityBin {
  double low = 0, high = 0;
  double expected = 0;  // mean score over characters
  double right = 0;     // mean of 1 - error over characters
  double share = 0;     // of all characters

  template <class V>
  void fields(V& v) {
    v("low", low, "least score");
    v("high", high, "highest score");
    v("expected", expected, "mean score of the characters");
    v("right", right, "share of the characters that is right");
    v("share", share, "of all characters");
  }
  bool operator==(const ReliabilityBin&) const = default;
};

/// At most `num_bins` bins of about as many characters each, by growing score; regions of the same
/// score share one.
std::vector<ReliabilityBin> reliability_bins(std::span<const ScoredPage> pages,
                                             std::size_t num_bins);

/// Mean over characters of how far expected and right lie apart in each bin (expected calibration
/// error; Naeini 2015), with the interval that nine of ten resamples of the pages lie in. A
/// resample lies further off than all pages by chance alone; the interval is made to reach to the
/// mean.
struct CalibrationError {
  double mean = 0, low = 0, high = 0;

  template <class V>
  void fields(V& v) {
    v("mean", mean, "over characters");
    v("low", low, "least of nine of ten resamples of the pages");
    v("high", high, "highest of them");
  }
  bool operator==(const CalibrationError&) const = default;
};
CalibrationError calibration_error(std::span<const ScoredPage> pages, std::size_t num_bins,
                                   std::size_t num_resamples, std::uint64_t seed);

/// What keeping all regions of a score or more means.
struct ThresholdLevel {
  double score = 0;
  double kept = 0;   // share of characters
  double error = 0;  // mean over the characters that are kept
  double bound = 0;  // what `error` on other pages is below in nine of ten cases, see error_bound()

  template <class V>
  void fields(V& v) {
    v("score", score, "least score that is kept");
    v("kept", kept, "share of the characters");
    v("error", error, "share of the kept characters that is wrong");
    v("bound", bound, "what it is below on other pages in nine of ten cases");
  }
  bool operator==(const ThresholdLevel&) const = default;
};

/// At most `num_levels` levels, each with about as many characters more than the one before it, by
/// falling score; the last keeps all.
std::vector<ThresholdLevel> threshold_levels(std::span<const ScoredPage> pages,
                                             std::size_t num_levels);

/// Upper bound, at 90 % confidence, of the error of characters on pages like these, of which so
/// many characters are kept and wrong: the ratio of both with one more page of the mean length that
/// is wrong throughout (what n pages do not show may still be on one of n others), and 1.28
/// standard errors, of which pages are the units. Pages without kept characters do not count. 1
/// when fewer than two pages do.
double error_bound(std::span<const double> wrong, std::span<const double> kept);

}  // namespace dsocr::data
