#include <gtest/gtest.h>

#include <set>

#include "configs/error.h"
#include "eval/sweep/report.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"

namespace dsocr::eval {
namespace {

// Reads a page as the test wants it.
class Reader : public OcrEngine {
 public:
  using Reads = std::function<std::string(const std::string& id)>;
  explicit Reader(Reads reads) : reads_(std::move(reads)) {}
  void check_pages(std::span<const std::string>) const override {}
  std::vector<Transcript> transcribe(std::span<const PageRequest> pages) override {
    std::vector<Transcript> all;
    for (const PageRequest& page : pages) {
      EXPECT_TRUE(std::filesystem::exists(page.image)) << page.id;
      all.push_back({.text = reads_(page.id)});
    }
    return all;
  }
  nlohmann::ordered_json describe() const override { return {{"engine", "test"}}; }

 private:
  Reads reads_;
};

class SweepTest : public testing::Test {
 protected:
  SweepTest() : tokenizer_(data::Tokenizer::load(data::default_tokenizer_file())) {
    std::string text;
    for (int i = 0; i < 400; ++i) text += (i == 0 ? "word" : " word") + std::to_string(i);
    config_.texts = {{"words", dir_.write("words.txt", text).string()}};
    config_.modes = {configs::VisionMode::kP128, configs::VisionMode::kP192};
    config_.ratios = {2, 4};
    config_.font_px = {6, 8};
    config_.pages = 3;
    config_.render.page.margin = {2};
    config_.render.page.line_height = {1.1};
    config_.bootstrap.resamples = 100;
  }

  SweepPages render(const char* folder = "pages") const {
    return render_sweep(config_, tokenizer_, dir_.path() / folder);
  }
  std::vector<SweepScore> score(const SweepPages& sweep, const Reader::Reads& reads) const {
    nlohmann::ordered_json engine;
    return score_sweep(
        config_, sweep, Scorer(config_.scoring),
        [&](configs::VisionMode) { return std::make_unique<Reader>(reads); }, engine);
  }
  static const SweepPage& page_of(const SweepPages& sweep, const std::string& id) {
    for (const SweepPage& page : sweep.pages)
      if (page.id == id) return page;
    throw std::out_of_range(id);
  }

  const test::TempDir dir_;
  data::Tokenizer tokenizer_;
  SweepConfig config_;
};

TEST_F(SweepTest, PagesHaveTheRatioAndTheSizeAskedFor) {
  const SweepPages sweep = render();
  ASSERT_EQ(sweep.cells.size(), 8u);
  ASSERT_EQ(sweep.pages.size(), 24u);
  std::set<std::string> ids;
  for (const SweepPage& page : sweep.pages) {
    const SweepCell& cell = sweep.cells[page.cell];
    ids.insert(page.id);
    EXPECT_EQ(page.vision_tokens, cell.mode == configs::VisionMode::kP128 ? 4 : 9);
    const double ratio = static_cast<double>(page.tokens) / static_cast<double>(page.vision_tokens);
    EXPECT_LE(ratio, cell.ratio);
    EXPECT_GT(ratio, cell.ratio - 1);
    EXPECT_EQ(page.font_px, cell.font_px);
    EXPECT_GT(page.area_used, 0);
    EXPECT_LE(page.area_used, 1);
  }
  EXPECT_EQ(ids.size(), 24u);
  EXPECT_TRUE(ids.contains("words-p192-r4-f6-3"));
}

TEST_F(SweepTest, ACellDoesNotDependOnTheOthers) {
  const SweepPages all = render();
  config_.modes = {configs::VisionMode::kP192};
  config_.ratios = {4};
  config_.font_px = {8};
  const SweepPages one = render("alone");
  ASSERT_EQ(one.pages.size(), 3u);
  for (const SweepPage& page : one.pages) {
    const SweepPage& same = page_of(all, page.id);
    EXPECT_EQ(page.truth, same.truth);
    EXPECT_EQ(page.area_used, same.area_used);
  }
}

TEST_F(SweepTest, ACellWhoseTextDoesNotFitHasNoPages) {
  config_.font_px = {8, 40};
  const SweepPages sweep = render();
  EXPECT_EQ(sweep.pages.size(), 12u);
  for (const SweepCell& cell : sweep.cells)
    EXPECT_EQ(cell.missing.empty(), cell.font_px == 8) << cell.id();
  const auto scores = score(sweep, [](const std::string&) { return ""; });
  nlohmann::ordered_json results{{"header", {{"intervals", "none"}}}};
  results.update(summarise_sweep(config_, sweep, scores));
  EXPECT_EQ(results["cells"].size(), 4u);
  EXPECT_TRUE(results["shares"].empty());  // the grid has holes
  const reports::Document document = sweep_document(config_, sweep, scores, results);
  EXPECT_EQ(document.notes.size(), 1u + 4u);
  config_.pages = 1000;
  EXPECT_NE(render("short").cells[0].missing.find("too short"), std::string::npos);
}

// Type of 6 px is read as nothing, type of 8 px as it stands, but for one page with one letter
// less.
TEST_F(SweepTest, NumbersAreThoseOfThePages) {
  const SweepPages sweep = render();
  const std::string off_by_one = "words-p128-r4-f8-2";
  const auto scores = score(sweep, [&](const std::string& id) {
    const std::string truth = page_of(sweep, id).truth;
    if (id.find("-f6-") != std::string::npos) return std::string();
    return id == off_by_one ? truth.substr(1) : truth;
  });
  const auto results = summarise_sweep(config_, sweep, scores);
  ASSERT_EQ(results["cells"].size(), 8u);
  for (const auto& cell : results["cells"]) {
    const bool small = cell["font_px"] == 6;
    const bool has_it = cell["mode"] == "p128" && cell["ratio"] == 4 && !small;
    EXPECT_EQ(cell["pages"], 3);
    EXPECT_EQ(cell["undefined"], small ? 3 : 0);
    const auto truth = page_of(sweep, off_by_one).truth;
    const double cer = has_it ? 1.0 / static_cast<double>(truth.size()) / 3 : small ? 1 : 0;
    EXPECT_NEAR(cell["cer"]["value"].get<double>(), cer, 1e-12);
    EXPECT_NEAR(cell["accuracy"]["value"].get<double>(), 1 - cer, 1e-12);
    // "ord7" is no word of the page.
    const auto words = static_cast<double>(std::count(truth.begin(), truth.end(), ' ') + 1);
    const double precision = has_it ? 1 - 1 / words / 3 : small ? 0 : 1;
    EXPECT_NEAR(cell["precision"]["value"].get<double>(), precision, 1e-12);
  }
  // A curve has both sizes, the grid both modes.
  EXPECT_EQ(results["curve"].size(), 4u);
  EXPECT_EQ(results["curve"][0]["pages"], 6);
  EXPECT_EQ(results["curve"][0]["accuracy"]["value"], 0.5);
  EXPECT_LT(results["curve"][0]["accuracy"]["low"], 0.5);
  EXPECT_GT(results["curve"][0]["accuracy"]["high"], 0.5);
  EXPECT_EQ(results["grid"].size(), 4u);
  EXPECT_EQ(results["grid"][0]["pages"], 6);
  for (const auto& share : results["shares"]) {
    EXPECT_GT(share["font_px"], 0.99);
    EXPECT_LT(share["ratio"], 0.01);
  }
  EXPECT_EQ(results["shares"].size(), 2u);
}

TEST_F(SweepTest, ShowsTheBestPagesAndTheWorst) {
  config_.shown = 1;
  const SweepPages sweep = render();
  const auto scores = score(sweep, [&](const std::string& id) {
    return id == "words-p192-r2-f8-1" ? "x" : page_of(sweep, id).truth;
  });
  nlohmann::ordered_json results{{"header", {{"intervals", "none"}}}};
  results.update(summarise_sweep(config_, sweep, scores));
  const reports::Document document = sweep_document(config_, sweep, scores, results);
  ASSERT_EQ(document.examples.size(), 2u);
  EXPECT_TRUE(document.examples[0].title.starts_with("Best: words-p192-r4-f6-1,"));
  EXPECT_TRUE(document.examples[1].title.starts_with("Worst: words-p192-r2-f8-1,"));
  EXPECT_EQ(document.examples[1].image, "pages/words-p192-r2-f8-1.png");
  EXPECT_EQ(document.examples[1].texts[1].second, "x");
  ASSERT_EQ(document.figures.size(), 4u);
  // Two modes, and four curves of the paper's model.
  EXPECT_EQ(document.figures[0].panels[0].series.size(), 6u);
  EXPECT_TRUE(document.figures[0].panels[0].series[2].reference);
  ASSERT_EQ(document.figures[1].panels.size(), 2u);  // of the modes, with a curve for each text
  EXPECT_EQ(document.figures[1].panels[0].series.size(), 1u);
}

// A page of no tokens would be a page full of them.
TEST_F(SweepTest, APageHasATokenAtLeast) {
  config_.ratios = {0.01};
  config_.font_px = {8};
  for (const SweepPage& page : render().pages) EXPECT_EQ(page.tokens, 1) << page.id;
}

TEST_F(SweepTest, TheFirstTextThatHasPagesStandsBesideTheReferences) {
  config_.texts.insert(config_.texts.begin(), {"short", dir_.write("short.txt", "word").string()});
  const SweepPages sweep = render();
  const auto scores = score(sweep, [](const std::string&) { return ""; });
  nlohmann::ordered_json results{{"header", {{"intervals", "none"}}}};
  results.update(summarise_sweep(config_, sweep, scores));
  EXPECT_EQ(sweep_document(config_, sweep, scores, results).figures[0].title,
            "Set precision by compression ratio, words");
}

TEST_F(SweepTest, NamesOfTextsAreFileNamesAndDiffer) {
  for (const char* name : {"a b", "words"}) {
    config_.texts.resize(1);
    config_.texts.push_back({name, config_.texts[0].source});
    EXPECT_THROW(render("names"), configs::ConfigError) << name;
  }
}

}  // namespace
}  // namespace dsocr::eval
