#include "train/recipes/self_training.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "data/hdf5/page_store_writer.h"
#include "reports/files.h"
#include "tests/data/store_pages.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"
#include "tests/support/tiny_model.h"

namespace dsocr::train {
namespace {

using nlohmann::json;

// Engines and readings are told what to say; the training between them is real.
class SelfTrainingTest : public testing::Test {
 protected:
  SelfTrainingTest() {
    model::ModelConfig sizes = test::tiny_config();
    sizes.decoder.vocab_size = 1024;
    sizes.image_token_id = 3;
    model::save_model(*test::tiny_model(sizes), dir_.path() / "model");
    // A small vocabulary makes small checkpoints.
    std::filesystem::copy(DSOCR_GOLDEN_DIR "/../../experiments/001-nano/model/tokenizer.json",
                          dir_.path() / "model");
    write_pages(dir_.path() / "pages.h5", 4);
    config_.model = (dir_.path() / "model").string();
    config_.data.sources = {{(dir_.path() / "pages.h5").string()}};
    config_.data.mode = configs::VisionMode::kTiny;
    config_.steps = 2;
    config_.self_training.unlabelled = config_.data.sources[0].file;
    config_.self_training.test = config_.data.sources[0].file;
    config_.self_training.rounds = 2;
  }

  static void write_pages(const std::filesystem::path& file, int count) {
    data::PageStoreWriter writer(file, {});
    for (int i = 0; i < count; ++i) {
      data::Page page = test::make_page(i);
      page.blocks = {{.category = "text", .order = 0, .text = "label", .confidence = 1}};
      writer.add(page, static_cast<std::uint64_t>(i));
    }
    writer.finish();
  }

  SelfTrainingHooks hooks() {
    return {.label =
                [this](const TrainConfig&, const std::filesystem::path& teacher,
                       const std::filesystem::path& folder, const std::filesystem::path&) {
                  calls_.push_back("label with " + name(teacher));
                  if (labels_fail_) throw std::runtime_error("no engine");
                  write_pages(folder / "labels.h5", 3);
                  return RoundNumbers{{"pages", 3}, {"kept", 0.5}};
                },
            .test =
                [this](const TrainConfig&, const std::filesystem::path& model) {
                  calls_.push_back("test " + name(model));
                  return RoundNumbers{{"cer", errors_.at(tests_++)}};
                }};
  }

  std::string run(const std::string& folder) {
    std::filesystem::create_directories(dir_.path() / folder);
    folder_ = folder;
    reports::Manifest manifest({"dsocr", "train"});
    std::ostringstream out, err;
    Group alone;
    run_self_training(config_, dir_.path() / folder, hooks(), {}, alone, manifest, out, err);
    return out.str();
  }
  // Of a model, as the run's folder knows it.
  std::string name(const std::filesystem::path& model) const {
    if (model == config_.model) return "start";
    return std::filesystem::relative(model, dir_.path() / folder_).string();
  }

  test::TempDir dir_;
  TrainConfig config_;
  std::string folder_;
  std::vector<std::string> calls_;
  std::vector<double> errors_{0.5, 0.3, 0.2};
  std::size_t tests_ = 0;
  bool labels_fail_ = false;
};

TEST_F(SelfTrainingTest, EachRoundsModelLabelsForTheNext) {
  const std::string said = run("run");
  const std::string first = "round-1/train/checkpoints/step-00000002";
  EXPECT_EQ(calls_, (std::vector<std::string>{"test start", "label with start", "test " + first,
                                              "label with " + first,
                                              "test round-2/train/checkpoints/step-00000002"}));
  EXPECT_NE(said.find("All rounds were run.\nModel: "), std::string::npos);
  const auto report = json::parse(reports::read_file(dir_.path() / "run/report.json"));
  const auto& rows = report.at("tables").at(0).at("rows");
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0], (json{{"round", 0}, {"cer", 0.5}}));
  EXPECT_EQ(rows[2], (json{{"round", 2}, {"cer", 0.2}, {"pages", 3}, {"kept", 0.5}}));
  // The second round learns on from the first one's weights.
  const auto second =
      json::parse(reports::read_file(dir_.path() / "run/round-2/train/manifest.json"));
  EXPECT_FALSE(second.empty());
}

TEST_F(SelfTrainingTest, EndsWhenAMeasureNoLongerFalls) {
  config_.self_training.rounds = 5;
  errors_ = {0.5, 0.3, 0.299};
  EXPECT_NE(run("run").find("Round 2 was the last: cer no longer fell."), std::string::npos);
  EXPECT_EQ(tests_, 3u);
}

TEST_F(SelfTrainingTest, GoesOnWhereItStood) {
  errors_ = {0.5, 0.3, 0.2};
  run("whole");
  calls_.clear();
  tests_ = 0;
  labels_fail_ = true;
  EXPECT_EQ(test::thrown_message([&] { run("cut"); }), "no engine");
  labels_fail_ = false;
  run("cut");
  // The start was tested once.
  EXPECT_EQ(std::count(calls_.begin(), calls_.end(), "test start"), 1);
  calls_.clear();
  const std::string said = run("cut");
  EXPECT_TRUE(calls_.empty());
  EXPECT_NE(said.find("All rounds were run."), std::string::npos);
  for (const char* file : {"model.safetensors", "optimizer.safetensors"}) {
    const std::string path = std::string("round-2/train/checkpoints/step-00000002/") + file;
    EXPECT_EQ(test::bytes_of(dir_.path() / "whole" / path),
              test::bytes_of(dir_.path() / "cut" / path));
  }
}

TEST_F(SelfTrainingTest, FreshStudentsStartFromTheFirstModel) {
  config_.self_training.student = Student::kFresh;
  config_.average.decay = 0.9;
  run("run");
  // The average of the weights is the teacher.
  EXPECT_EQ(calls_[3], "label with round-1/train/checkpoints/step-00000002/average");
}

TEST_F(SelfTrainingTest, SaysWhatIsMissing) {
  config_.self_training.measure = "wer";
  EXPECT_NE(test::thrown_message([&] { run("run"); }).find("the test gives no number wer"),
            std::string::npos);
  config_.self_training.test = "";
  EXPECT_NE(test::thrown_message([&] { run("other"); }).find("self_training.test"),
            std::string::npos);
}

}  // namespace
}  // namespace dsocr::train
