#include "data/label/calibrate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "configs/error.h"
#include "configs/json_reader.h"
#include "configs/json_writer.h"
#include "data/error.h"
#include "data/label/logit.h"
#include "data/label/truth.h"
#include "data/random.h"

namespace dsocr::data {
namespace {

constexpr std::int64_t kVersion = 1;
constexpr std::size_t kLeastPages = 10, kFolds = 5, kBins = 10, kLevels = 50, kResamples = 500;
constexpr double kPenalty = 1;

double flag(bool value) { return value ? 1 : 0; }

std::vector<double> features_of(const RegionFeatures& region) {
  const bool container = region.category == "table" || region.category == "image";
  return {1,
          log_odds(region.agreement),
          log_odds(region.confidence),
          region.num_engines,
          std::log(1 + region.length),
          region.foreign,
          region.bits,
          flag(region.category == "equation"),
          flag(container),
          flag(region.script == ScriptClass::kHan),
          flag(region.script == ScriptClass::kOther),
          flag(region.script == ScriptClass::kCommon)};
}

struct Fit {
  std::vector<double> weights = {};
  std::vector<CurvePoint> curve = {};

  double place(const RegionFeatures& region) const {
    const std::vector<double> features = features_of(region);
    return std::inner_product(features.begin(), features.end(), weights.begin(), 0.0);
  }
  double score(const RegionFeatures& region) const { return 1 - height_at(curve, place(region)); }
};

double mean_length(std::span<const KnownPage* const> pages) {
  double sum = 0, count = 0;
  for (const KnownPage* page : pages) {
    for (const KnownRegion& region : *page) {
      sum += region.features.length;
      ++count;
    }
  }
  return sum / std::max(count, 1.0);
}

Fit fit(std::span<const KnownPage* const> pages) {
  const double mean = mean_length(pages);
  std::vector<LogitExample> examples;
  for (const KnownPage* page : pages) {
    for (const KnownRegion& region : *page) {
      const double weight = region.features.length / mean;
      auto features = features_of(region.features);
      std::vector<double> nothing(features.size());
      examples.push_back({{std::move(features), std::move(nothing)},
                          {weight * (1 - region.error), weight * region.error}});
    }
  }
  Fit result;
  const std::vector<double> prior(examples.front().features[0].size());
  result.weights = fit_logit(examples, prior, kPenalty);
  std::vector<Observation> seen;
  for (const KnownPage* page : pages)
    for (const KnownRegion& region : *page)
      seen.push_back({result.place(region.features), region.error, region.features.length});
  result.curve = fit_falling(seen);
  return result;
}

// Each page scored by what the pages of the other folds say.
std::vector<ScoredPage> scored_by_others(const std::vector<const KnownPage*>& pages,
                                         std::uint64_t seed) {
  std::vector<std::size_t> order(pages.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  Random(seed).shuffle(std::span(order));
  std::vector<ScoredPage> scored(pages.size());
  for (std::size_t fold = 0; fold < kFolds; ++fold) {
    std::vector<const KnownPage*> others;
    for (std::size_t i = 0; i < order.size(); ++i)
      if (i % kFolds != fold) others.push_back(pages[order[i]]);
    const Fit of_others = fit(others);
    for (std::size_t i = fold; i < order.size(); i += kFolds)
      for (const KnownRegion& region : *pages[order[i]])
        scored[order[i]].push_back(
            {of_others.score(region.features), region.error, region.features.length});
  }
  return scored;
}

std::vector<CalibratedScript> count_scripts(const std::vector<const KnownPage*>& pages) {
  std::array<CalibratedScript, kNumScriptClasses> counts;
  for (const KnownPage* page : pages) {
    for (const KnownRegion& region : *page) {
      CalibratedScript& script = counts[static_cast<std::size_t>(region.features.script)];
      ++script.num_regions;
      script.characters += region.features.length;
      script.error += region.features.length * region.error;
    }
  }
  std::vector<CalibratedScript> scripts;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i].num_regions == 0) continue;
    counts[i].script = kScriptClassNames[i];
    counts[i].error /= std::max(counts[i].characters, 1.0);
    scripts.push_back(counts[i]);
  }
  return scripts;
}

}  // namespace

KnownPage compare(const CombinedPage& page, std::string_view truth) {
  const std::u32string all = comparable(to_code_points(truth));
  KnownPage known;
  for (const CombinedRegion& region : page.regions) {
    if (region.text.empty()) continue;
    known.push_back({region.features, error_in(comparable(region.text), all)});
  }
  return known;
}

double Calibration::score(const RegionFeatures& features) const {
  return Fit{weights, curve}.score(features);
}

std::optional<double> Calibration::threshold_for(double target_error) const {
  std::optional<double> threshold;
  for (const ThresholdLevel& level : levels)
    if (level.bound <= target_error) threshold = level.score;
  return threshold;
}

Calibration calibrate(std::span<const KnownPage> pages, std::uint64_t seed) {
  std::vector<const KnownPage*> used;
  Calibration calibration;
  for (const KnownPage& page : pages) {
    calibration.num_regions += page.size();
    if (!page.empty()) used.push_back(&page);
  }
  if (used.size() < kLeastPages)
    throw DataError("", "",
                    "a calibration needs " + std::to_string(kLeastPages) +
                        " pages with regions and known text; there are " +
                        std::to_string(used.size()));
  Fit all = fit(used);
  const std::vector<ScoredPage> scored = scored_by_others(used, seed);
  calibration.num_pages = used.size();
  calibration.scripts = count_scripts(used);
  calibration.weights = std::move(all.weights);
  calibration.curve = std::move(all.curve);
  calibration.bins = reliability_bins(scored, kBins);
  calibration.error = calibration_error(scored, kBins, kResamples, seed);
  calibration.levels = threshold_levels(scored, kLevels);
  return calibration;
}

void save_calibration(const Calibration& calibration, const std::filesystem::path& file) {
  std::ofstream out(file, std::ios::binary);
  out << configs::write_config(calibration).dump(1) << '\n';
  if (!out.flush()) throw DataError(file, "", "cannot be written");
}

Calibration load_calibration(const std::filesystem::path& file) {
  const auto refuse = [&](const std::string& why) {
    throw DataError(file, "", "is no calibration: " + why);
  };
  Calibration calibration;
  try {
    const nlohmann::json value = configs::read_json_file(file);
    if (!value.is_object() || !value.contains("version") || value["version"] != kVersion)
      refuse("it is not of version " + std::to_string(kVersion));
    calibration = configs::read_config<Calibration>(value);
  } catch (const configs::ConfigError& error) {
    refuse(error.what());
  }
  if (calibration.curve.empty() || calibration.weights.size() != features_of({}).size())
    refuse("it has no weights or no curve for them");
  return calibration;
}

}  // namespace dsocr::data
