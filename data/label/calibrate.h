#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/label/combine.h"
#include "data/label/isotonic.h"
#include "data/label/reliability.h"
#include "data/label/trust.h"

namespace dsocr::data {

/// A region of which it is known how wrong it is.
struct KnownRegion {
  RegionFeatures features = {};
  double error = 0;  // error_in() of its text
};
using KnownPage = std::vector<KnownRegion>;

/// The regions with a text against all text of the page, UTF-8.
KnownPage compare(const CombinedPage& page, std::string_view truth);

struct CalibratedEngine {
  std::string name = {}, version = {};

  template <class V>
  void fields(V& v) {
    v("name", name, "as it was asked for");
    v("version", version, "of the program");
  }
  bool operator==(const CalibratedEngine&) const = default;
};

struct CalibratedScript {
  std::string script = {};
  std::uint64_t num_regions = 0;
  double characters = 0, error = 0;

  template <class V>
  void fields(V& v) {
    v("script", script, "class of most letters");
    v("num_regions", num_regions, "with a text");
    v("characters", characters, "of these");
    v("error", error, "share of the characters that is wrong");
  }
  bool operator==(const CalibratedScript&) const = default;
};

/// How wrong regions are by their features, learnt from pages with known text.
struct Calibration {
  std::int64_t version = 1;  // of this record
  std::vector<CalibratedEngine> engines = {};
  FittedTrust trust = {};     // that the texts were voted with
  std::string language = {};  // sha256 of the Language that helped; empty: none
  std::uint64_t num_pages = 0, num_regions = 0;
  std::vector<CalibratedScript> scripts = {};
  std::vector<double> weights = {};    // of features: logistic regression
  std::vector<CurvePoint> curve = {};  // from the weighted sum to the share that is wrong
  // Of scores that were given without the page itself.
  std::vector<ReliabilityBin> bins = {};
  CalibrationError error = {};
  std::vector<ThresholdLevel> levels = {};

  template <class V>
  void fields(V& v) {
    v("version", version, "of this record", {.required = true});
    v("engines", engines, "whose labels it is for");
    v("trust", trust, "that the texts were voted with");
    v("language", language, "sha256 of the texts from which plausibility was learnt");
    v("num_pages", num_pages, "with known text");
    v("num_regions", num_regions, "on them");
    v("scripts", scripts, "what the regions were");
    v("weights", weights, "of the features of a region");
    v("curve", curve, "from the weighted sum of features to the share that is wrong");
    v("bins", bins, "reliability");
    v("error", error, "expected calibration error");
    v("levels", levels, "scores to keep regions over");
  }
  bool operator==(const Calibration&) const = default;

  /// The share of a region's text that is expected to be right, 0..1.
  double score(const RegionFeatures& features) const;

  /// The least score that regions must have so that of the characters that are kept at most this
  /// share is wrong, on pages like those of the calibration in nine of ten cases (error_bound).
  /// Nothing when no score promises that: then nothing can be kept.
  std::optional<double> threshold_for(double target_error) const;
};

/// A logistic regression of the share that is right (L2, each region as often as it has
/// characters), made a falling curve by isotonic regression. Bins, errors and levels are of scores
/// from five calibrations, each without a fifth of the pages. `seed` deals the pages out and draws
/// resamples. Throws DataError when fewer than ten pages have regions.
Calibration calibrate(std::span<const KnownPage> pages, std::uint64_t seed);

/// A JSON file. Throw DataError: it cannot be written or read, is no calibration or of another
/// version.
void save_calibration(const Calibration& calibration, const std::filesystem::path& file);
Calibration load_calibration(const std::filesystem::path& file);

}  // namespace dsocr::data
