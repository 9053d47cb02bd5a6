#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "data/error.h"
#include "data/label/calibrate.h"
#include "data/random.h"
#include "tests/data/label_lines.h"
#include "tests/support/read_json.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"

namespace dsocr::data {
namespace {

TEST(Isotonic, PoolsWhatRises) {
  // By hand: 4 and 6 rise, so that both are 5; 1 lies below.
  const std::vector<Observation> seen{{2, 6, 1}, {1, 4, 1}, {3, 1, 2}, {9, 100, 0}};
  EXPECT_EQ(fit_falling(seen), (std::vector<CurvePoint>{{1.5, 5}, {3, 1}}));
  // Weights: (9 * 1 + 1 * 11) / 10 = 2.
  EXPECT_EQ(fit_falling(std::vector<Observation>{{1, 1, 9}, {2, 11, 1}}),
            (std::vector<CurvePoint>{{1.1, 2}}));
  // What was seen in one place is one step.
  EXPECT_EQ(fit_falling(std::vector<Observation>{{1, 4, 1}, {1, 2, 1}, {2, 1, 1}}),
            (std::vector<CurvePoint>{{1, 3}, {2, 1}}));
  EXPECT_TRUE(fit_falling({}).empty());
}

TEST(Isotonic, HeightsBetweenAndBeyond) {
  const std::vector<CurvePoint> curve{{0, 1}, {2, 0.5}, {4, 0}};
  EXPECT_EQ(height_at(curve, -1), 1);
  EXPECT_EQ(height_at(curve, 1), 0.75);
  EXPECT_EQ(height_at(curve, 2), 0.5);
  EXPECT_EQ(height_at(curve, 3.5), 0.125);
  EXPECT_EQ(height_at(curve, 5), 0);
}

TEST(Reliability, BinsHaveAsManyCharacters) {
  const std::vector<ScoredPage> pages{{{0.5, 0.6, 100}, {0.9, 0.0, 50}},
                                      {{0.9, 0.2, 50}, {1, 0, 0}}};
  const auto bins = reliability_bins(pages, 2);
  ASSERT_EQ(bins.size(), 2U);
  EXPECT_EQ(bins[0].low, 0.5);
  EXPECT_EQ(bins[0].high, 0.9);
  EXPECT_EQ(bins[0].expected, 0.5);
  EXPECT_NEAR(bins[0].right, 0.4, 1e-12);
  EXPECT_EQ(bins[0].share, 0.5);
  EXPECT_NEAR(bins[1].expected, 0.9, 1e-12);
  EXPECT_NEAR(bins[1].right, 0.9, 1e-12);
  // Half of the characters are wrong by 0.1 and half by nothing.
  const CalibrationError error = calibration_error(pages, 2, 200, 1);
  EXPECT_NEAR(error.mean, 0.05, 1e-12);
  EXPECT_LE(error.low, error.mean);
  EXPECT_GE(error.high, error.mean);
  EXPECT_EQ(calibration_error(pages, 2, 200, 1), error);
  EXPECT_TRUE(reliability_bins({}, 10).empty());
  EXPECT_EQ(calibration_error({}, 10, 10, 1), CalibrationError{});
}

TEST(Reliability, BoundByHand) {
  // Nothing wrong on two pages of 100: one of three pages may be.
  EXPECT_NEAR(error_bound(std::vector<double>{0, 0}, std::vector<double>{100, 100}), 1.0 / 3,
              1e-12);
  // Pages without kept characters do not count.
  EXPECT_NEAR(error_bound(std::vector<double>{0, 0, 0}, std::vector<double>{100, 0, 100}), 1.0 / 3,
              1e-12);
  // 0 and 2 of 100: ratio 0.01, deviations -0.01 and 0.01, standard error 0.01; (2 + 100) / 300;
  // quantile 1.28155 * (1 + (1.28155 ^ 2 + 1) / 4) = 2.12813.
  EXPECT_NEAR(error_bound(std::vector<double>{0, 2}, std::vector<double>{100, 100}),
              0.34 + 0.01 * 2.12813, 1e-6);
  EXPECT_EQ(error_bound(std::vector<double>{0}, std::vector<double>{100}), 1);
  EXPECT_EQ(error_bound({}, {}), 1);
  EXPECT_EQ(error_bound(std::vector<double>{9, 9}, std::vector<double>{10, 10}), 0.9 + 1.0 / 30);
}

TEST(Reliability, LevelsKeepMoreAndMore) {
  std::vector<ScoredPage> pages;
  for (int i = 0; i < 20; ++i) {
    const double score = 0.5 + 0.025 * i;
    pages.push_back({{score, 1 - score, 100}, {0.2, 0.9, 100}});
  }
  const auto levels = threshold_levels(pages, 10);
  ASSERT_GE(levels.size(), 5U);
  EXPECT_EQ(levels.back().score, 0.2);
  EXPECT_EQ(levels.back().kept, 1);
  for (std::size_t i = 1; i < levels.size(); ++i) {
    EXPECT_LT(levels[i].score, levels[i - 1].score);
    EXPECT_GT(levels[i].kept, levels[i - 1].kept);
    EXPECT_GT(levels[i].error, levels[i - 1].error);
    EXPECT_GE(levels[i].bound, levels[i].error);
  }
}

// A page whose regions are as wrong as their features say, in the mean, but for chance: what most
// regions are is drawn for the page, and one page of forty is much worse than it looks.
KnownPage simulate_page(Random& random) {
  const double page_quality = random.uniform();
  const bool trap = random.below(40) == 0;
  KnownPage page(4 + random.below(8));
  for (KnownRegion& region : page) {
    const double quality = std::clamp(page_quality + 0.5 * (random.uniform() - 0.5), 0.0, 1.0);
    region.features.agreement = 0.3 + 0.7 * quality;
    region.features.confidence = 0.6 + 0.4 * std::sqrt(quality) * random.uniform();
    region.features.num_engines = 2;
    region.features.length = 20 + static_cast<double>(random.below(600));
    region.features.script = random.below(2) == 0 ? ScriptClass::kLatin : ScriptClass::kHan;
    const double mean = 0.4 * std::pow(1 - quality, 3);
    // Errors of single characters.
    double wrong = 0;
    for (int i = 0; i < region.features.length; ++i) wrong += random.uniform() < mean ? 1 : 0;
    region.error = trap ? 0.3 : wrong / region.features.length;
  }
  return page;
}

std::vector<KnownPage> simulate_pages(std::size_t count, Random& random) {
  std::vector<KnownPage> pages;
  for (std::size_t i = 0; i < count; ++i) pages.push_back(simulate_page(random));
  return pages;
}

std::vector<ScoredPage> score_all(const Calibration& calibration,
                                  const std::vector<KnownPage>& pages) {
  std::vector<ScoredPage> scored;
  for (const KnownPage& page : pages) {
    scored.emplace_back();
    for (const KnownRegion& region : page)
      scored.back().push_back(
          {calibration.score(region.features), region.error, region.features.length});
  }
  return scored;
}

TEST(Calibrate, ScoresAreRightOnOtherPages) {
  Random random(11);
  const auto pages = simulate_pages(200, random);
  const Calibration calibration = calibrate(pages, 1);
  EXPECT_EQ(calibration.num_pages, 200U);
  EXPECT_EQ(calibration.scripts.size(), 2U);
  EXPECT_EQ(calibration.scripts[0].script, "latin");
  EXPECT_LT(calibration.error.mean, 0.02);
  EXPECT_LE(calibration.error.low, calibration.error.mean);
  EXPECT_GE(calibration.bins.size(), 8U);
  const auto others = score_all(calibration, simulate_pages(400, random));
  EXPECT_LT(calibration_error(others, 10, 0, 1).mean, 0.02);
  // The better a region looks the higher its score.
  RegionFeatures features{.agreement = 0.5, .confidence = 0.8, .num_engines = 2, .length = 100};
  double last = calibration.score(features);
  for (const double agreement : {0.7, 0.9, 0.99}) {
    features.agreement = agreement;
    EXPECT_GT(calibration.score(features), last);
    last = calibration.score(features);
  }
  EXPECT_EQ(calibrate(pages, 1), calibration);
}

TEST(Calibrate, PromisesHoldOnOtherPages) {
  Random random(13);
  std::size_t held = 0, promised = 0;
  double kept = 0;
  for (int draw = 0; draw < 60; ++draw) {
    const Calibration calibration = calibrate(simulate_pages(120, random), 1);
    const auto threshold = calibration.threshold_for(0.05);
    if (!threshold) continue;
    ++promised;
    double wrong = 0, length = 0, all = 0;
    for (const ScoredPage& page : score_all(calibration, simulate_pages(300, random))) {
      for (const ScoredRegion& region : page) {
        all += region.length;
        if (region.score < *threshold) continue;
        length += region.length;
        wrong += region.length * region.error;
      }
    }
    if (wrong <= 0.05 * length) ++held;
    kept += length / all / 60;
  }
  EXPECT_GE(promised, 54U);
  EXPECT_GE(10 * held, 9 * promised);
  EXPECT_GT(kept, 0.4);  // and it is not by keeping next to nothing
}

TEST(Calibrate, PromisesNothingWhereNothingCanBe) {
  Random random(17);
  // Twelve pages cannot show that one of a hundred is wrong.
  const Calibration small = calibrate(simulate_pages(12, random), 1);
  EXPECT_EQ(small.threshold_for(0.01), std::nullopt);
  // Features that say nothing: of all regions a third is wrong.
  std::vector<KnownPage> pages = simulate_pages(100, random);
  for (KnownPage& page : pages)
    for (KnownRegion& region : page) region.error = random.below(3) == 0 ? 1 : 0;
  EXPECT_EQ(calibrate(pages, 1).threshold_for(0.1), std::nullopt);
  EXPECT_EQ(Calibration{}.threshold_for(1), std::nullopt);
}

TEST(Calibrate, IsNotJudgedByItsOwnPages) {
  // What few pages show by chance is not there on others.
  Random random(18);
  std::vector<KnownPage> pages = simulate_pages(15, random);
  for (KnownPage& page : pages)
    for (KnownRegion& region : page) region.error = random.uniform();
  const Calibration calibration = calibrate(pages, 1);
  EXPECT_GT(calibration.error.mean,
            2 * calibration_error(score_all(calibration, pages), 10, 0, 1).mean);
}

TEST(Calibrate, NeedsPages) {
  Random random(19);
  auto pages = simulate_pages(9, random);
  pages.resize(15);
  EXPECT_EQ(test::thrown_message([&] { calibrate(pages, 1); }),
            "a calibration needs 10 pages with regions and known text; there are 9");
}

TEST(Calibrate, ComparesRegionsWithTheirPage) {
  CombinedPage page;
  page.regions.resize(3);
  page.regions[0].text = U"Hello world";
  page.regions[0].features.length = 11;
  page.regions[1].category = "image";
  page.regions[2].text = U"second lin3";
  const KnownPage known = compare(page, "the second\nline, then \u201CHello\u00A0 world\u201D");
  ASSERT_EQ(known.size(), 2U);
  EXPECT_EQ(known[0].error, 0);
  EXPECT_EQ(known[0].features.length, 11);
  EXPECT_NEAR(known[1].error, 1.0 / 11, 1e-12);
}

TEST(CalibrationFile, RoundTripAndRefusals) {
  const test::TempDir dir;
  Random random(23);
  Calibration calibration = calibrate(simulate_pages(20, random), 1);
  calibration.engines = {{"tesseract:eng", "5.3.0"}, {"ppocr", "6"}};
  calibration.trust.engines = {{.engine = "ppocr"}};
  calibration.trust.engines[0].trust[2] = {.bias = 0.1, .slope = 1.5, .absent = -2};
  const auto file = dir.path() / "calibration.json";
  save_calibration(calibration, file);
  EXPECT_EQ(load_calibration(file), calibration);
  EXPECT_EQ(test::read_json(file)["trust"]["engines"][0]["han"]["slope"], 1.5);

  const auto refusal = [&](const std::string& content) {
    const auto bad = dir.write("bad.json", content);
    std::string message = test::thrown_message([&] { load_calibration(bad); });
    EXPECT_EQ(message.find(bad.string() + ": is no calibration: "), 0U) << message;
    return message;
  };
  EXPECT_NE(refusal("{\"version\": 2}").find("not of version 1"), std::string::npos);
  EXPECT_NE(refusal("[]").find("not of version 1"), std::string::npos);
  EXPECT_NE(refusal("{\"version\": 1}").find("no weights"), std::string::npos);
  EXPECT_NE(refusal("{\"version\": 1, \"weight\": []}").find("weights"), std::string::npos);
  EXPECT_NE(refusal("{").find("bad.json"), std::string::npos);
  EXPECT_NE(
      test::thrown_message([&] { load_calibration(dir.path() / "none.json"); }).find("none.json"),
      std::string::npos);
  EXPECT_EQ(test::thrown_message([&] { save_calibration(calibration, dir.path() / "no" / "x"); }),
            (dir.path() / "no" / "x").string() + ": cannot be written");
}

}  // namespace
}  // namespace dsocr::data
