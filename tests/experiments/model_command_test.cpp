#include <gtest/gtest.h>

#include <filesystem>

#include "configs/build_info.h"
#include "configs/sha256.h"
#include "model/weights/load.h"
#include "model/weights/safetensors.h"
#include "reports/files.h"
#include "tests/experiments/run_dsocr.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tiny_model.h"

namespace dsocr {
namespace {

using test::Outcome;
using test::run;

std::string weights_of(const std::filesystem::path& folder) {
  return configs::sha256_file(folder / "model.safetensors");
}

class ModelConvert : public testing::Test {
 protected:
  ModelConvert() {
    model::save_model(*test::tiny_model(), from_);
    reports::write_file(from_ / "tokenizer.json", "{}\n");
  }
  Outcome convert(const std::filesystem::path& from, const std::string& dtype,
                  const std::string& to) const {
    return run({"model", "convert", from.string(), "--dtype", dtype, "--out", path(to).string()});
  }
  std::filesystem::path path(const std::string& name) const { return dir_.path() / name; }

  test::TempDir dir_;
  const std::filesystem::path from_ = path("from");
};

TEST_F(ModelConvert, RoundsEveryTensorAndKeepsTheTokenizer) {
  const Outcome outcome = convert(from_, "bfloat16", "half");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "Model: " + path("half").string() + "\n");
  EXPECT_EQ(reports::read_file(path("half") / "tokenizer.json"), "{}\n");
  const model::SafetensorsFile whole(from_ / "model.safetensors");
  const model::SafetensorsFile half(path("half") / "model.safetensors");
  ASSERT_EQ(half.names(), whole.names());
  for (const std::string& name : whole.names())
    EXPECT_TRUE(torch::equal(half.tensor(name), whole.tensor(name).to(torch::kBFloat16))) << name;

  // What is rounded already stays as it is.
  ASSERT_EQ(convert(path("half"), "float32", "wide").status, 0);
  ASSERT_EQ(convert(path("wide"), "bfloat16", "again").status, 0);
  EXPECT_EQ(weights_of(path("again")), weights_of(path("half")));
}

TEST_F(ModelConvert, SaysWhatItCannotDo) {
  EXPECT_NE(convert(from_, "float64", "x").err.find("must be float32 or bfloat16, not 'float64'"),
            std::string::npos);
  EXPECT_NE(convert(from_, "bfloat16", "from").err.find("exists already"), std::string::npos);
  EXPECT_EQ(convert(path("none"), "bfloat16", "x").status, 1);
  std::filesystem::create_directory(path("adapter"));
  reports::write_file(path("adapter") / "adapter_config.json", "{}\n");
  const Outcome adapter = convert(path("adapter"), "bfloat16", "x");
  EXPECT_NE(adapter.err.find("is an adapter: `dsocr model merge` makes it a model"),
            std::string::npos)
      << adapter.err;
  EXPECT_FALSE(std::filesystem::exists(path("x")));
}

// The small model that comes with the project.
class NanoModel : public testing::Test {
 protected:
  const std::filesystem::path folder_ =
      configs::build_info().source_dir / "experiments/001-nano/model";
  test::TempDir dir_;
};

TEST_F(NanoModel, IsSmallAndComesBackBitForBit) {
  std::uintmax_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) bytes += entry.file_size();
  EXPECT_LT(bytes, 40'000'000u);
  const std::string again = (dir_.path() / "again").string();
  const Outcome outcome = run({"model", "convert", folder_.string(), "--out", again});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(weights_of(again), weights_of(folder_));
  EXPECT_EQ(reports::read_file(std::filesystem::path(again) / "config.json"),
            reports::read_file(folder_ / "config.json"));
}

}  // namespace
}  // namespace dsocr
