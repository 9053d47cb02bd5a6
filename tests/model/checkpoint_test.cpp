#include "model/weights/checkpoint.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "model/error.h"
#include "tests/support/read_json.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"

namespace dsocr::model {
namespace {

using Names = std::vector<std::string>;
using Tensors = std::vector<NamedTensor>;

// Not "t" + ..., of which GCC 12 warns wrongly.
std::string name_of(std::size_t i) { return std::string("t").append(std::to_string(i)); }

Tensors numbered(std::size_t count, std::int64_t size = 4) {
  Tensors tensors;
  for (std::size_t i = 0; i < count; ++i) {
    tensors.push_back({name_of(i), at::full({size}, static_cast<double>(i))});
  }
  return tensors;
}

class CheckpointTest : public testing::Test {
 protected:
  std::string path() const { return dir_.path().string(); }
  std::string path(const std::string& name) const { return (dir_.path() / name).string(); }

  void shard(const std::string& name, const Names& tensors) const {
    Tensors named;
    for (const auto& tensor : tensors) named.push_back({tensor, at::ones({2})});
    write_safetensors(dir_.path() / name, named);
  }
  void index(const nlohmann::json& weight_map) const {
    dir_.write("model.safetensors.index.json", nlohmann::json{{"weight_map", weight_map}}.dump());
  }
  std::string open_error() const {
    return test::thrown_message([this] { Checkpoint::open(dir_.path()); });
  }
  Names files() const {
    Names files;
    for (const auto& entry : std::filesystem::directory_iterator(dir_.path())) {
      files.push_back(entry.path().filename().string());
    }
    std::sort(files.begin(), files.end());
    return files;
  }

  test::TempDir dir_;
  const std::string index_file_ = path("model.safetensors.index.json");
};

TEST_F(CheckpointTest, ReadsTheGoldenModel) {
  DSOCR_REQUIRE_SHARED("golden/model");
  const auto checkpoint =
      Checkpoint::open(test::shared_dir() / "golden" / "model" / "model.safetensors.index.json");
  EXPECT_EQ(checkpoint.files().size(), 2U);
  EXPECT_TRUE(checkpoint.contains("model.vision_model.embeddings.position_ids"));
  EXPECT_EQ(checkpoint.info("lm_head.weight").shape, (std::vector<std::int64_t>{512, 64}));
  std::int64_t bytes = 0;
  for (const auto& name : checkpoint.names()) bytes += num_bytes(checkpoint.tensor(name));
  EXPECT_EQ(checkpoint.total_bytes(), bytes);
}

TEST_F(CheckpointTest, OpensALoneFileByItsFolderOrName) {
  shard("any.safetensors", {"b", "a"});
  EXPECT_EQ(Checkpoint::open(dir_.path()).names(), (Names{"a", "b"}));
  EXPECT_EQ(Checkpoint::open(path("any.safetensors")).names(), (Names{"a", "b"}));
  shard("other.safetensors", {"c"});
  EXPECT_EQ(open_error(), path() +
                              ": has several files and neither model.safetensors.index.json nor "
                              "model.safetensors: any.safetensors, "
                              "other.safetensors");
}

TEST_F(CheckpointTest, RefusesAFolderWithoutWeights) {
  EXPECT_EQ(open_error(), path() + ": has no *.safetensors file");
  EXPECT_EQ(test::thrown_message([&] { Checkpoint::open(path("missing")); }),
            path("missing") + ": cannot open: No such file or directory");
  EXPECT_EQ(test::thrown_message([&] { Checkpoint::open(path("missing.json")); }),
            path("missing.json") + ": config: cannot read " + path("missing.json"));
}

TEST_F(CheckpointTest, ListsAllThatIndexAndShardsDoNotAgreeOn) {
  shard("1.safetensors", {"a", "b", "extra"});
  shard("2.safetensors", {"c", "a"});
  index({{"a", "1.safetensors"},
         {"b", "2.safetensors"},
         {"c", "2.safetensors"},
         {"d", "1.safetensors"},
         {"e", "3.safetensors"},
         {"f", "3.safetensors"}});
  try {
    Checkpoint::open(dir_.path());
    FAIL() << "nothing was thrown";
  } catch (const WeightsError& error) {
    EXPECT_EQ(error.what(),
              index_file_ +
                  ": 1.safetensors lacks d, b is in 1.safetensors, the index has it in "
                  "2.safetensors, extra of 1.safetensors is not in the index, 2.safetensors lacks "
                  "b, a is in 2.safetensors, the index has it in 1.safetensors, " +
                  path("3.safetensors") + ": cannot open: No such file or directory");
    EXPECT_EQ(error.names(), (Names{"d", "b", "extra", "b", "a", "e", "f"}));
  }
}

TEST_F(CheckpointTest, NamesTheFirstTenProblems) {
  shard("1.safetensors", {"t0"});
  nlohmann::json map = nlohmann::json::object();
  for (std::size_t i = 0; i < 13; ++i) map[name_of(i)] = "1.safetensors";
  index(map);
  const std::string message = open_error();
  EXPECT_TRUE(message.ends_with("1.safetensors lacks t7 and 2 more")) << message;
}

TEST_F(CheckpointTest, RefusesAnIndexThatPointsElsewhere) {
  shard("1.safetensors", {"a"});
  for (const char* file : {"../1.safetensors", "/etc/passwd", "..", ".", "", "a\\b"}) {
    index({{"a", file}});
    EXPECT_EQ(open_error(), index_file_ + ": a is in " + nlohmann::json(file).dump() +
                                ", which is not a plain file name");
  }
  index({{"a", 1}});
  EXPECT_EQ(open_error(), index_file_ + ": a is in 1, which is not a plain file name");
  index(nlohmann::json::object());
  EXPECT_EQ(open_error(), index_file_ + ": names no tensors");
  dir_.write("model.safetensors.index.json", "{}");
  EXPECT_EQ(open_error(), index_file_ + ": has no weight_map");
  dir_.write("model.safetensors.index.json",
             R"({"weight_map":{"a":"1.safetensors","a":"2.safetensors"}})");
  EXPECT_EQ(open_error(), index_file_ + ": config: weight_map.a: duplicate key, in " + index_file_);
}

TEST_F(CheckpointTest, ListsAllTensorsThatDoNotFitTheModel) {
  write_safetensors(path("x.safetensors"),
                    Tensors{{"a", at::ones({2, 3})}, {"b", at::ones({1})}, {"ids", at::ones({1})}});
  const auto checkpoint = Checkpoint::open(dir_.path());
  const Names optional = {"ids", "never"};
  require_tensors(checkpoint, std::vector<ExpectedTensor>{{"a", {2, 3}}, {"b", {1}}}, optional);
  require_tensors(checkpoint,
                  std::vector<ExpectedTensor>{{"a", {2, 3}}, {"b", {1}}, {"never", {1}}}, optional);
  try {
    require_tensors(checkpoint, std::vector<ExpectedTensor>{{"a", {3, 2}}, {"c", {}}, {"d", {1}}});
    FAIL() << "nothing was thrown";
  } catch (const WeightsError& error) {
    EXPECT_EQ(error.what(), path() +
                                ": 2 missing: c, d; 1 of another shape: a is [2, 3], not [3, 2]; "
                                "2 unexpected: b, ids");
    EXPECT_EQ(error.names(), (Names{"a", "c", "d", "b", "ids"}));
  }
}

TEST_F(CheckpointTest, SavesOneFileWhenAllFits) {
  save_checkpoint(path("new/deep"), numbered(3));
  const auto checkpoint = Checkpoint::open(path("new/deep"));
  EXPECT_EQ(checkpoint.files(),
            std::vector<std::filesystem::path>{path("new/deep") + "/model.safetensors"});
  EXPECT_EQ(checkpoint.total_bytes(), 48);
  save_checkpoint(path("none"), {});
  EXPECT_TRUE(Checkpoint::open(path("none")).names().empty());
}

TEST_F(CheckpointTest, SavesShardsInTheOfficialLayout) {
  save_checkpoint(dir_.path(), numbered(5), 32);
  EXPECT_EQ(files(), (Names{"model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors",
                            "model-00003-of-00003.safetensors", "model.safetensors.index.json"}));
  const auto index = test::read_json(index_file_);
  EXPECT_EQ(index["metadata"]["total_size"], 80);
  EXPECT_EQ(index["weight_map"]["t4"], "model-00003-of-00003.safetensors");
  const auto checkpoint = Checkpoint::open(dir_.path());
  EXPECT_EQ(checkpoint.names().size(), 5U);
  EXPECT_EQ(checkpoint.tensor("t3").sum().item<float>(), 12);
  // A tensor that is larger than a shard gets one of its own.
  save_checkpoint(dir_.path(), numbered(2), 1);
  EXPECT_EQ(Checkpoint::open(dir_.path()).files().size(), 2U);
}

TEST_F(CheckpointTest, ReplacesAnOlderCheckpoint) {
  dir_.write("config.json", "{}");
  save_checkpoint(dir_.path(), numbered(4), 32);
  save_checkpoint(dir_.path(), numbered(6), 32);
  EXPECT_EQ(files(), (Names{"config.json", "model-00001-of-00003.safetensors",
                            "model-00002-of-00003.safetensors", "model-00003-of-00003.safetensors",
                            "model.safetensors.index.json"}));
  // Same names, read from the files that are being replaced.
  const auto old = Checkpoint::open(dir_.path());
  Tensors reversed;
  for (std::size_t i = 6; i-- > 0;) {
    const std::string name = name_of(i);
    reversed.push_back({name, old.tensor(name)});
  }
  save_checkpoint(dir_.path(), reversed, 32);
  EXPECT_EQ(Checkpoint::open(dir_.path()).tensor("t5").sum().item<float>(), 20);
  EXPECT_EQ(test::read_json(index_file_)["weight_map"]["t5"], "model-00001-of-00003.safetensors");
  save_checkpoint(dir_.path(), numbered(1));
  EXPECT_EQ(files(), (Names{"config.json", "model.safetensors"}));
}

TEST_F(CheckpointTest, FailedSaveLeavesTheOlderCheckpoint) {
  save_checkpoint(dir_.path(), numbered(4), 32);
  const Names before = files();
  Tensors tensors = numbered(4);
  tensors[3].tensor = at::ones({4}, at::kComplexFloat);
  EXPECT_THROW(save_checkpoint(dir_.path(), tensors, 32), WeightsError);
  tensors[3].tensor = at::Tensor();
  EXPECT_THROW(save_checkpoint(dir_.path(), tensors, 32), WeightsError);
  EXPECT_EQ(files(), before);
  EXPECT_EQ(Checkpoint::open(dir_.path()).tensor("t3").sum().item<float>(), 12);
}

TEST_F(CheckpointTest, RefusesANameInTwoShards) {
  Tensors tensors = numbered(4);
  tensors[3].name = "t0";
  EXPECT_EQ(test::thrown_message([&] { save_checkpoint(dir_.path(), tensors, 32); }),
            path() + ": cannot write: the name t0 stands twice");
  EXPECT_TRUE(files().empty());
}

}  // namespace
}  // namespace dsocr::model
