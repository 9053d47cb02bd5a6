#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "configs/compose.h"
#include "configs/json_reader.h"
#include "train/run.h"

namespace dsocr::train {
namespace {

using nlohmann::json;

// Each needs a model and a store, and nothing else.
TEST(TrainPresets, AreConfigsOfATraining) {
  std::size_t found = 0;
  for (const auto& entry : std::filesystem::directory_iterator(configs::presets_dir() / "train")) {
    ++found;
    const std::string name = "train/" + entry.path().stem().string();
    const auto config = configs::read_config<TrainConfig>(configs::compose(
        name, std::vector<std::string>{R"(model="m")", R"(data.sources=[{"file":"s.h5"}])"}));
    EXPECT_EQ(config.dtype, "bfloat16") << name;
    EXPECT_TRUE(config.recompute) << name;
    EXPECT_EQ(config.lora.rank > 0, name == "train/finetune-lora" || name == "train/self_training");
    if (name == "train/pretrain") {
      EXPECT_EQ(config.optimizer.rate, 3e-5);
      EXPECT_EQ(config.schedule.kind, ScheduleKind::kStep);
      EXPECT_EQ(config.freeze, std::vector<std::string>{"model.sam_model.*"});
    }
    if (name == "train/pretrain-encoder") {
      EXPECT_EQ(config.optimizer.rate, 5e-5);
      EXPECT_EQ(config.schedule.kind, ScheduleKind::kCosine);
      EXPECT_TRUE(config.freeze.empty());
    }
  }
  EXPECT_EQ(found, 5u);
}

}  // namespace
}  // namespace dsocr::train
