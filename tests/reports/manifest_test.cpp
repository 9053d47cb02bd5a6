#include "reports/manifest.h"

#include <gtest/gtest.h>

#include "configs/build_info.h"
#include "tests/support/temp_dir.h"

namespace dsocr::reports {
namespace {

TEST(Manifest, RecordsWhatAResultDependsOn) {
  const test::TempDir dir;
  const auto file = dir.write("abc.txt", "abc");
  Manifest manifest({"dsocr", "eval", "fox"});
  manifest.add_input("ground truth", file);
  manifest.set_config("eval.fox", "0123");
  manifest.set_seed("bootstrap", 7);
  manifest.set_device("cpu", 2);
  const auto json = manifest.to_json();
  EXPECT_EQ(json["inputs"][0]["sha256"],
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(json["inputs"][0]["bytes"], 3);
  EXPECT_EQ(json["inputs"][0]["role"], "ground truth");
  EXPECT_EQ(json["config"]["sha256"], "0123");
  EXPECT_EQ(json["seeds"]["bootstrap"], 7);
  EXPECT_EQ(json["command"][2], "fox");
  EXPECT_EQ(json["threads"], 2);
  EXPECT_GT(json["peak_memory_bytes"], 1'000'000);
  EXPECT_GE(json["wall_seconds"], 0.0);
  EXPECT_EQ(json["started"].get<std::string>().size(), std::string("2026-01-01T00:00:00Z").size());
  EXPECT_TRUE(json["tool"]["dirty"].is_boolean());
}

TEST(Manifest, NamesInstalledFilesByTheirPlace) {
  Manifest manifest({});
  manifest.add_input("tokenizer",
                     configs::deps_dir() / "share" / "deepseek-ocr" / "tokenizer.json");
  manifest.add_input("pairs",
                     configs::build_info().source_dir / "tests" / "golden" / "fox" / "pairs.json");
  const auto json = manifest.to_json();
  EXPECT_EQ(json["inputs"][0]["file"], "DSOCR_DEPS/share/deepseek-ocr/tokenizer.json");
  EXPECT_EQ(json["inputs"][1]["file"], "tests/golden/fox/pairs.json");
}

TEST(Manifest, AnInputThatCannotBeReadIsAnError) {
  EXPECT_THROW(Manifest({}).add_input("x", "/nowhere/x"), std::runtime_error);
}

}  // namespace
}  // namespace dsocr::reports
