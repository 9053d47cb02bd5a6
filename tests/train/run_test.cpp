#include "train/run.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "configs/error.h"
#include "data/hdf5/page_store_writer.h"
#include "tests/data/store_pages.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tiny_model.h"

namespace dsocr::train {
namespace {

using test::bytes_of;

class TrainRun : public testing::Test {
 protected:
  TrainRun() {
    model::ModelConfig sizes = test::tiny_config();
    sizes.decoder.vocab_size = 129280;
    sizes.image_token_id = 128815;
    model::save_model(*test::tiny_model(sizes), dir_.path() / "model");
    data::PageStoreWriter writer(dir_.path() / "pages.h5", {});
    for (int i = 0; i < 7; ++i) writer.add(test::make_page(i), static_cast<std::uint64_t>(i));
    writer.finish();
    config_.model = (dir_.path() / "model").string();
    config_.data.sources = {{(dir_.path() / "pages.h5").string()}};
    config_.data.mode = configs::VisionMode::kTiny;
    config_.data.batch_size = 2;
    config_.data.augment.noise = {0, 0.5};
    config_.steps = 6;
    config_.accumulation = 2;
    config_.log_every = 1;
    config_.checkpoint = {.every = 2, .keep = 2};
    config_.validation = {.store = config_.data.sources[0].file, .every = 3, .pages = 3};
  }

  std::string run(const std::string& name) {
    const auto folder = dir_.path() / name;
    std::filesystem::create_directories(folder);
    reports::Manifest manifest({"dsocr", "train"});
    std::ostringstream out, err;
    Group alone;
    run_training(config_, folder, scorer_, alone, manifest, out, err);
    return out.str();
  }
  std::filesystem::path checkpoint(const std::string& name, const std::string& step) const {
    return dir_.path() / name / "checkpoints" / step;
  }
  // Without times and memory.
  std::vector<std::string> losses(const std::string& name) const {
    std::ifstream in(dir_.path() / name / "metrics.jsonl");
    std::vector<std::string> all;
    for (std::string line; std::getline(in, line);) {
      auto json = nlohmann::json::parse(line);
      for (const char* key : {"tokens_per_s", "pages_per_s", "memory_bytes"}) json.erase(key);
      all.push_back(json.dump());
    }
    return all;
  }

  test::TempDir dir_;
  TrainConfig config_;
  TextScorer scorer_ = {};
};

// Also into a run of its own, as the stages of a curriculum do.
TEST_F(TrainRun, GlyphHeadsGoOnFromACheckpoint) {
  const auto store = dir_.path() / "glyphs.h5";
  data::PageStoreWriter writer(store, {});
  for (int i = 0; i < 5; ++i) {
    data::Page page = test::make_page(i);
    page.blocks.push_back({.category = "glyph", .box = {10, 10, 50, 60}, .text = "T"});
    writer.add(page, static_cast<std::uint64_t>(i));
  }
  writer.finish();
  config_.data.sources = {{store.string()}};
  config_.loss = {.patches = 1, .tokens = 0.5, .hidden = 16};
  config_.validation.store = {};
  run("whole");
  std::filesystem::create_directories(dir_.path() / "cut" / "checkpoints");
  std::filesystem::copy(checkpoint("whole", "step-00000004"), checkpoint("cut", "step-00000004"),
                        std::filesystem::copy_options::recursive);
  run("cut");
  for (const char* file : {"glyph_heads.safetensors", "optimizer.safetensors"})
    EXPECT_EQ(bytes_of(checkpoint("cut", "step-00000006") / file),
              bytes_of(checkpoint("whole", "step-00000006") / file))
        << file;
  config_.model = checkpoint("whole", "step-00000006").string();
  config_.optimizer.rate = 0;
  run("next");
  EXPECT_EQ(bytes_of(checkpoint("next", "step-00000006") / "glyph_heads.safetensors"),
            bytes_of(checkpoint("whole", "step-00000006") / "glyph_heads.safetensors"));
}

TEST_F(TrainRun, GoesOnWithTheSameBits) {
  run("whole");
  EXPECT_EQ(losses("whole").size(), 8u);  // six steps and two looks
  EXPECT_FALSE(std::filesystem::exists(checkpoint("whole", "step-00000002")));
  std::filesystem::create_directories(dir_.path() / "cut" / "checkpoints");
  std::filesystem::copy(checkpoint("whole", "step-00000004"), checkpoint("cut", "step-00000004"),
                        std::filesystem::copy_options::recursive);
  // What a killed run leaves: lines behind its checkpoint, and half of the next.
  std::filesystem::copy_file(dir_.path() / "whole" / "metrics.jsonl",
                             dir_.path() / "cut" / "metrics.jsonl");
  std::filesystem::create_directories(checkpoint("cut", "step-00000006.unfinished"));
  EXPECT_NE(run("cut").find("step-00000006"), std::string::npos);
  for (const char* file :
       {"model.safetensors", "optimizer.safetensors", "state.json", "config.json"})
    EXPECT_EQ(bytes_of(checkpoint("cut", "step-00000006") / file),
              bytes_of(checkpoint("whole", "step-00000006") / file))
        << file;
  EXPECT_EQ(losses("cut"), losses("whole"));
  EXPECT_TRUE(std::filesystem::exists(dir_.path() / "cut" / "loss.svg"));
}

TEST_F(TrainRun, AdaptersAndAveragesGoOnWithTheSameBits) {
  config_.lora = {.rank = 2, .alpha = 4, .dropout = 0.2, .targets = {"q_proj", "*experts*"}};
  config_.average.decay = 0.9;
  config_.dtype = "bfloat16";
  run("whole");
  std::filesystem::create_directories(dir_.path() / "cut" / "checkpoints");
  std::filesystem::copy(checkpoint("whole", "step-00000004"), checkpoint("cut", "step-00000004"),
                        std::filesystem::copy_options::recursive);
  run("cut");
  for (const char* file :
       {"adapter_model.safetensors", "adapter_config.json", "optimizer.safetensors",
        "average.safetensors", "average/adapter_model.safetensors", "state.json"})
    EXPECT_EQ(bytes_of(checkpoint("cut", "step-00000006") / file),
              bytes_of(checkpoint("whole", "step-00000006") / file))
        << file;
  EXPECT_FALSE(std::filesystem::exists(checkpoint("whole", "step-00000006") / "model.safetensors"));
  EXPECT_NE(
      bytes_of(checkpoint("whole", "step-00000006") / "adapter_model.safetensors"),
      bytes_of(checkpoint("whole", "step-00000006") / "average" / "adapter_model.safetensors"));
  const model::DeepseekOcr network = model::load_model(checkpoint("whole", "step-00000006"));
  EXPECT_EQ(network->lora->rank, 2);
}

// Pages are read by the process that trains, and scored by whom it is given.
TEST_F(TrainRun, ReadsPagesAndKeepsTheBest) {
  TextPairs seen;
  scorer_ = [&](const TextPairs& pairs) {
    seen = pairs;
    return std::vector<std::pair<std::string, double>>{{"cer", 0.25}};
  };
  config_.validation.every = 2;
  config_.validation.read = 2;
  config_.validation.max_new_tokens = 4;
  config_.optimizer.rate = 0.5;  // so that the first look is the best
  config_.schedule.kind = ScheduleKind::kConstant;
  run("run");
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].first, test::make_page(0).text);
  EXPECT_EQ(seen[1].first, test::make_page(1).text);
  std::vector<double> looks;
  for (const std::string& line : losses("run")) {
    const auto json = nlohmann::json::parse(line);
    if (!json.contains("validation_loss")) continue;
    looks.push_back(json["validation_loss"]);
    EXPECT_EQ(json["validation_cer"], 0.25);
    EXPECT_EQ(json["validation_pages"], 3);
  }
  ASSERT_EQ(looks.size(), 3u);
  const auto best = std::min_element(looks.begin(), looks.end());
  const std::string step = "step-0000000" + std::to_string(2 * (best - looks.begin() + 1));
  const auto state =
      nlohmann::json::parse(bytes_of(checkpoint("run", "step-00000006") / "state.json"));
  EXPECT_EQ(state["best_loss"], *best);
  EXPECT_TRUE(std::filesystem::exists(checkpoint("run", "best") / "model.safetensors"));
  if (std::filesystem::exists(checkpoint("run", step))) {
    EXPECT_EQ(bytes_of(checkpoint("run", "best") / "model.safetensors"),
              bytes_of(checkpoint("run", step) / "model.safetensors"));
  }
  EXPECT_FALSE(std::filesystem::is_empty(dir_.path() / "run" / "events"));
}

TEST_F(TrainRun, ASignalEndsItWithACheckpoint) {
  config_.checkpoint.every = 0;
  config_.steps = 100000;
  config_.validation.store.clear();
  std::thread sender([&] {
    while (!std::filesystem::exists(dir_.path() / "run" / "metrics.jsonl") || losses("run").empty())
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    kill(getpid(), SIGTERM);
  });
  int signal = 0;
  try {
    run("run");
  } catch (const Interrupted& error) {
    signal = error.signal();
  }
  sender.join();
  EXPECT_EQ(signal, SIGTERM);
  const auto steps = losses("run").size();
  char name[32];
  std::snprintf(name, sizeof name, "step-%08zu", steps);
  EXPECT_TRUE(std::filesystem::exists(checkpoint("run", name) / "state.json")) << name;
}

// A limit on the size of files stands for a full disk: the weights do not fit, lines of a log do.
TEST_F(TrainRun, AFullDiskCostsTheCheckpointAndNotTheRun) {
  config_.steps = 5;
  const auto folder = dir_.path() / "run";
  std::filesystem::create_directories(folder);
  reports::Manifest manifest({"dsocr", "train"});
  std::ostringstream out, err;
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{1 << 20, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  // The last checkpoint must be there, so that the run fails in the end; not before.
  Group alone;
  EXPECT_ANY_THROW(run_training(config_, folder, {}, alone, manifest, out, err));
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_NE(err.str().find("step 2: no checkpoint was written"), std::string::npos) << err.str();
  EXPECT_NE(err.str().find("step 4: no checkpoint was written"), std::string::npos);
  EXPECT_EQ(losses("run").size(), 7u);
  EXPECT_NE(err.str().find("step 3: no best checkpoint was written"), std::string::npos);
  EXPECT_TRUE(std::filesystem::is_empty(folder / "checkpoints"));
}

TEST_F(TrainRun, RefusesWhatItCannotDo) {
  config_.data.packed = true;
  config_.data.max_tokens = 1000;
  EXPECT_THROW(run("a"), configs::ConfigError);
  config_.data.packed = false;
  config_.dtype = "float16";
  EXPECT_THROW(run("b"), configs::ConfigError);
}

}  // namespace
}  // namespace dsocr::train
