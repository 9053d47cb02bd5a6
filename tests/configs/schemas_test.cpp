#include "configs/schemas.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/configs/sample_config.h"

namespace dsocr::configs {
namespace {

ConfigTable table() {
  return ConfigTable({make_config_kind<SampleConfig>("eval.sample", "a sample"),
                      make_config_kind<ScheduleConfig>("train.schedule", "learning rate")});
}

TEST(ConfigTable, FindsAKindThatResolvesAndExplains) {
  const ConfigTable kinds = table();
  const ConfigKind& kind = kinds.find("train.schedule");
  EXPECT_EQ(kind.doc, "learning rate");
  EXPECT_EQ(kind.resolve({{"warmup", 3}}).dump(), R"({"peak":0.5,"warmup":3})");
  ASSERT_EQ(kind.explain().size(), 2u);
  EXPECT_EQ(kind.explain()[1].path, "warmup");
  EXPECT_EQ(kinds.kinds().size(), 2u);
}

TEST(ConfigTable, ResolvesStrictly) {
  const ConfigTable kinds = table();
  EXPECT_EQ(config_error([&] {
              kinds.find("eval.sample").resolve({{"step", 3}});
            }),
            "config: step: unknown key, did you mean 'steps'?");
}

TEST(ConfigTable, ResolvingTwiceChangesNothing) {
  const ConfigKind kind = make_config_kind<SampleConfig>("eval.sample", "a sample");
  const auto once = kind.resolve({{"clip", 1.5}});
  EXPECT_EQ(kind.resolve(once), once);
}

TEST(ConfigTable, RefusesUnknownAndDuplicateNames) {
  const ConfigTable kinds = table();
  EXPECT_EQ(config_error([&] { kinds.find("eval.sampel"); }),
            "config: unknown config kind 'eval.sampel', did you mean 'eval.sample'?");
  EXPECT_EQ(config_error([&] { kinds.find("x"); }),
            "config: unknown config kind 'x', valid: eval.sample, train.schedule");
  EXPECT_THROW(ConfigTable({make_config_kind<RunConfig>("same", ""),
                            make_config_kind<ScheduleConfig>("same", "")}),
               std::invalid_argument);
}

}  // namespace
}  // namespace dsocr::configs
