#include "eval/parity/parity.h"

#include <gtest/gtest.h>

#include "data/error.h"
#include "tests/support/read_json.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"

namespace dsocr::eval {
namespace {

using nlohmann::json;

const ParitySuite& suite(const std::vector<ParitySuite>& suites, const std::string& name) {
  for (const ParitySuite& suite : suites)
    if (suite.name == name) return suite;
  throw std::out_of_range(name);
}

TEST(Parity, TheGoldenFolderPasses) {
  const std::vector<ParitySuite> suites = verify_golden(test::golden_dir());
  for (const char* name : {"model", "preprocess", "tables", "tokenizer", "fox"}) {
    const ParitySuite& found = suite(suites, name);
    EXPECT_FALSE(found.checks.empty()) << name;
    EXPECT_EQ(found.skipped, "");
    EXPECT_TRUE(found.ok()) << name;
    for (const model::Check& check : found.checks)
      EXPECT_TRUE(check.ok) << check.case_name << " " << check.name << ": " << check.note;
  }
  EXPECT_EQ(suite(suites, "tables").checks.size(), 4u);
  EXPECT_EQ(suite(suites, "tokenizer").checks.size(), 2u);
  EXPECT_EQ(suite(suites, "image").skipped, "dsocr has no checks for it");
  EXPECT_TRUE(suite(suites, "image").checks.empty());
}

// A golden file with one thing changed.
class ParityCanFail : public testing::Test {
 protected:
  json golden(const std::string& file) const { return test::read_json(test::golden_dir() / file); }
  void write(const std::string& file, const json& content) const {
    std::filesystem::create_directories((dir_.path() / file).parent_path());
    dir_.write(file, content.dump());
  }
  // The only check of the only suite.
  model::Check only() const {
    const std::vector<ParitySuite> suites = verify_golden(dir_.path());
    EXPECT_EQ(suites.size(), 1u);
    EXPECT_EQ(suites[0].checks.size(), 1u);
    EXPECT_EQ(suites[0].ok(), suites[0].checks[0].ok);
    return suites[0].checks[0];
  }
  // `change` must turn a check that passes into one whose note ends so.
  template <class Change>
  void expect_fails(const std::string& file, const Change& change, const std::string& first) const {
    json content = golden(file);
    write(file, content);
    EXPECT_TRUE(only().ok) << file;
    change(content);
    write(file, content);
    const model::Check check = only();
    EXPECT_FALSE(check.ok) << file;
    EXPECT_TRUE(check.note.ends_with(first)) << check.note;
  }
  const test::TempDir dir_;
};

TEST_F(ParityCanFail, OnBannedIds) {
  expect_fails(
      "tables/ngram.json", [](json& all) { all[4]["banned_window"].push_back(3); },
      ", first other: entry 4, window");
  expect_fails(
      "tables/ngram.json", [](json& all) { all[9]["banned_hf_full"] = {99999}; },
      ", first other: entry 9, Hugging Face");
}

TEST_F(ParityCanFail, OnCleanUp) {
  for (const char* key : {"refs", "boxes", "hf_result", "eval_batch_result", "pdf_page_result",
                          "pdf_page_result_skip_repeat_off"})
    expect_fails(
        "tables/postprocess.json", [&](json& all) { all[1][key] = "other"; },
        std::string(", first other: entry 1, ") + key);
}

TEST_F(ParityCanFail, OnTilings) {
  expect_fails(
      "tables/tiling.json",
      [](json& all) {
        all[7]["max9_s1024"] = {7, 7};
      },
      "}");
}

TEST_F(ParityCanFail, OnTokenCounts) {
  for (const char* key : {"tiles_w_h", "n_tiles", "placeholders", "valid_img_tokens_hf",
                          "vision_tokens_no_special"}) {
    json size;
    expect_fails(
        "tables/token_counts.json",
        [&](json& all) {
          all[2]["modes"]["gundam"][key] = 1;
          size = all[2];
        },
        "gundam " + golden("tables/token_counts.json")[2]["w"].dump() + " x " +
            golden("tables/token_counts.json")[2]["h"].dump());
  }
  expect_fails(
      "tables/token_counts.json",
      [](json& all) {
        all[0]["modes"] = {{"huge", json::object()}};
      },
      ", first other: huge");
}

TEST_F(ParityCanFail, OnTokenizerVectors) {
  std::filesystem::create_directories(dir_.path() / "tokenizer");
  std::filesystem::copy_file(test::golden_dir() / "tokenizer/tiny_tokenizer.json",
                             dir_.path() / "tokenizer/tiny_tokenizer.json");
  const std::string file = "tokenizer/tiny_vectors.json";
  const std::string ids = golden(file)["encode"][3]["ids"].dump();
  expect_fails(
      file, [](json& all) { all["encode"][3]["decoded"] = "?"; }, "decode " + ids);
  expect_fails(
      file, [](json& all) { all["encode"][3]["decoded_skip_special"] = "?"; },
      "decode without special tokens " + ids);
  expect_fails(
      file, [](json& all) { all["encode"][3]["ids"].push_back(5); },
      "encode " + golden(file)["encode"][3]["text"].dump());
  expect_fails(
      file, [](json& all) { all["decode"][0]["decoded"] = "?"; },
      "decode " + golden(file)["decode"][0]["ids"].dump());
}

TEST_F(ParityCanFail, OnScores) {
  for (const char* key : {"metrics", "metrics_swapped"}) {
    json content = golden("fox/pairs.json");
    json& value = content["pairs"][2][key]["edit_dist"];
    value = value.get<double>() + 1e-9;
    write("fox/pairs.json", content);
    EXPECT_FALSE(only().ok) << key;
    EXPECT_NEAR(only().max_abs, 1e-9, 1e-12);
    value = nullptr;
    write("fox/pairs.json", content);
    EXPECT_FALSE(only().ok) << "a missing value is no number";
  }
  write("fox/pairs.json", {{"pairs", json::array()}});
  EXPECT_FALSE(only().ok) << "nothing compared is not passed";
}

TEST_F(ParityCanFail, OnPixels) {
  const json all = golden("preprocess/preprocess.json");
  // One image is enough.
  json content = all;
  for (const auto& [name, entry] : all.at("images").items())
    if (name != "tiny_37x53") content["images"].erase(name);
  ASSERT_EQ(content["images"].size(), 1u);
  content["conversions"] = {{"conv_l.png", all.at("conversions").at("conv_l.png")}};
  std::filesystem::create_directories(dir_.path() / "preprocess");
  for (const char* file : {"tiny_37x53.png", "conv_l.png"})
    std::filesystem::copy_file(test::golden_dir() / "preprocess" / file,
                               dir_.path() / "preprocess" / file);
  const auto failed = [&](const json& changed) {
    write("preprocess/preprocess.json", changed);
    std::vector<std::string> names;
    const std::vector<ParitySuite> suites = verify_golden(dir_.path());
    for (const model::Check& check : suites[0].checks)
      if (!check.ok) names.push_back(check.name + check.note.substr(check.note.rfind(':')));
    return names;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(failed(content), Names{});
  const std::string wrong(64, '0');
  json changed = content;
  changed["images"]["tiny_37x53"]["modes"]["base"]["global_view"]["sha256_rgb"] = wrong;
  EXPECT_EQ(failed(changed), Names{"base: global view"});
  changed = content;
  changed["images"]["tiny_37x53"]["small_pad"]["sha256_rgb"] = wrong;
  EXPECT_EQ(failed(changed), Names{"small sizes: pad"});
  changed = content;
  changed["conversions"]["conv_l.png"]["sha256_rgb"] = wrong;
  EXPECT_EQ(failed(changed), Names{"EXIF and colour: conv_l.png"});
}

TEST_F(ParityCanFail, OnFoldersThatCannotBeChecked) {
  const auto message = [&] { return test::thrown_message([&] { verify_golden(dir_.path()); }); };
  const std::string here = dir_.path().string();
  EXPECT_EQ(message(), here +
                           ": has nothing to check: no folder model, preprocess, tables, "
                           "tokenizer, fox or omnidocbench");
  std::filesystem::create_directory(dir_.path() / "other");
  EXPECT_NE(message().find("has nothing to check"), std::string::npos);
  write("tables/tiling.json", golden("tables/tiling.json"));
  const std::vector<ParitySuite> suites = verify_golden(dir_.path());
  EXPECT_EQ(suite(suites, "other").skipped, "dsocr has no checks for it");
  EXPECT_TRUE(suite(suites, "tables").ok());

  dir_.write("tables/tiling.json", "[{");
  EXPECT_TRUE(message().starts_with(here + "/tables: is not golden data: ")) << message();
  write("tables/tiling.json", {{{"w", 5}}});
  EXPECT_TRUE(message().starts_with(here + "/tables: is not golden data: ")) << message();
  EXPECT_EQ(test::thrown_message([&] { verify_golden(dir_.path() / "none"); }),
            (dir_.path() / "none").string() + ": is not a folder");
}

// A folder with a config.json is a model folder, whatever it is called.
TEST_F(ParityCanFail, OnAModelFolderOfAnotherName) {
  const auto golden_model = test::golden_dir() / "model";
  for (const auto& entry : std::filesystem::directory_iterator(golden_model)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("model") || name == "config.json" || name == "text.safetensors")
      std::filesystem::copy_file(entry.path(), dir_.path() / name);
  }
  write("expected.json", {{"text", golden("model/expected.json").at("text")}});
  const std::vector<ParitySuite> suites = verify_golden(dir_.path());
  ASSERT_EQ(suites.size(), 1u);
  EXPECT_EQ(suites[0].name, "model");
  EXPECT_TRUE(suites[0].ok());
  write("expected.json", {{"train", {{"ce_loss", 1.0}}}});
  const std::string message = test::thrown_message([&] { verify_golden(dir_.path()); });
  EXPECT_TRUE(message.starts_with(dir_.path().string() + ": is not golden data: ")) << message;
}

}  // namespace
}  // namespace dsocr::eval
