#include "model/grow.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "model/error.h"
#include "model/generate/decoding.h"
#include "model/weights/hf_config.h"
#include "tests/support/read_json.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"
#include "tests/support/tiny_model.h"

namespace dsocr::model {
namespace {

class GrowVocabulary : public testing::Test {
 protected:
  GrowVocabulary() {
    save_model(*network_, from_);
    dir_.write("from/tokenizer_config.json", "{\"a\": 1}");
    dir_.write("from/state.json", "{}");
    dir_.write("from/README.md", "old numbers");
    dir_.write("from/optimizer.safetensors", "not a tensor file");
  }
  DeepseekOcr grow(const VocabularyGrowth& growth) const {
    grow_vocabulary(from_, to_, growth);
    return load_model(to_);
  }
  torch::Tensor rows(const DeepseekOcr& network, const char* table, std::int64_t begin,
                     std::int64_t count) const {
    return test::parameter(network, table).narrow(0, begin, count);
  }

  const test::TempDir dir_;
  const std::filesystem::path from_ = dir_.path() / "from", to_ = dir_.path() / "to";
  DeepseekOcr network_ = test::tiny_model();
  const VocabularyGrowth growth_{.first_id = 96, .old_ids = {{5, 6}, {7}, {}, {8, 9, 9}, {1}}};
};

constexpr const char* kEmbedding = "model.embed_tokens.weight";
constexpr const char* kHead = "lm_head.weight";

TEST_F(GrowVocabulary, NewRowsAreTheMeansOfOldOnes) {
  EXPECT_EQ(grow_vocabulary(from_, to_, growth_), 104);  // 101 ids, rounded up
  DeepseekOcr grown = load_model(to_);
  EXPECT_EQ(grown->config.decoder.vocab_size, 104);
  for (const char* table : {kEmbedding, kHead}) {
    const torch::Tensor before = test::parameter(network_, table);
    const torch::Tensor after = test::parameter(grown, table);
    ASSERT_EQ(after.size(0), 104);
    EXPECT_TRUE(torch::equal(after.narrow(0, 0, 96), before));
    const auto mean = [&](const std::vector<std::int64_t>& ids) {
      return before.index_select(0, torch::tensor(ids)).to(torch::kDouble).mean(0);
    };
    const auto same = [&](std::int64_t row, const torch::Tensor& expected) {
      return torch::equal(after[row], expected.to(torch::kFloat));
    };
    EXPECT_TRUE(same(96, mean({5, 6})));
    EXPECT_TRUE(same(97, before[7]));
    EXPECT_TRUE(same(99, mean({8, 9, 9})));
    EXPECT_TRUE(same(100, before[1]));
    const torch::Tensor all = before.to(torch::kDouble).mean(0);
    for (const std::int64_t row : {98, 101, 103}) EXPECT_TRUE(same(row, all)) << row;
  }
}

TEST_F(GrowVocabulary, EverythingElseStays) {
  DeepseekOcr grown = grow(growth_);
  for (const auto& item : network_->named_parameters()) {
    if (item.key() == kEmbedding || item.key() == kHead) continue;
    EXPECT_TRUE(torch::equal(test::parameter(grown, item.key()), item.value())) << item.key();
  }
  nlohmann::json before = test::read_json(from_ / "config.json");
  before["vocab_size"] = before["language_config"]["vocab_size"] = 104;
  EXPECT_EQ(test::read_json(to_ / "config.json"), before);
  EXPECT_EQ(test::read_json(to_ / "tokenizer_config.json"), nlohmann::json({{"a", 1}}));
  EXPECT_TRUE(std::filesystem::exists(to_ / "generation_config.json"));
  for (const char* name : {"state.json", "README.md", "optimizer.safetensors"})
    EXPECT_FALSE(std::filesystem::exists(to_ / name)) << name;
}

TEST_F(GrowVocabulary, RowsThatWaitedAreUsedFirst) {
  DeepseekOcr grown = grow({.first_id = 90, .old_ids = {{5, 6}, {7}}});
  const torch::Tensor before = test::parameter(network_, kHead);
  const torch::Tensor after = test::parameter(grown, kHead);
  EXPECT_EQ(after.size(0), 96);
  EXPECT_TRUE(torch::equal(after[91], before[7]));
  EXPECT_FALSE(torch::equal(after[91], before[91]));
  EXPECT_TRUE(torch::equal(after.narrow(0, 92, 4), before.narrow(0, 92, 4)));
}

TEST_F(GrowVocabulary, TheTypeStays) {
  network_->to(torch::kBFloat16);
  save_model(*network_, from_);
  DeepseekOcr grown = grow(growth_);
  EXPECT_EQ(grown->dtype(), torch::kBFloat16);
  const torch::Tensor before = test::parameter(network_, kEmbedding);
  const torch::Tensor mean =
      before.index_select(0, torch::tensor({5, 6}, torch::kLong)).to(torch::kDouble).mean(0);
  EXPECT_TRUE(torch::equal(test::parameter(grown, kEmbedding)[96], mean.to(torch::kBFloat16)));
}

TEST_F(GrowVocabulary, OldIdsHaveTheOldOutput) {
  DeepseekOcr grown = grow(growth_);
  const torch::NoGradGuard no_grad;
  const SequenceBatch batch{.ids_BT = test::id_tensor(test::tiny_prompt(1, 30, 3)).unsqueeze(0),
                            .pages = {{test::tiny_page(3)}}};
  const torch::Tensor before = network_->forward(batch).logits_BTV;
  const torch::Tensor after = grown->forward(batch).logits_BTV;
  EXPECT_EQ(after.size(-1), 104);
  EXPECT_LE(test::distance(after.narrow(-1, 0, 96), before), 1e-5);
}

// A new token's logit is the mean of those of its pieces, so none is above all old ones.
TEST_F(GrowVocabulary, GreedyWritesWhatItWrote) {
  DeepseekOcr grown = grow(growth_);
  for (const std::uint64_t seed : {1U, 2U}) {
    const Prompt prompt{.ids = test::tiny_prompt(1, 3, seed), .pages = {test::tiny_page(seed)}};
    const auto before = generate(*network_, {.max_new_tokens = 12}, prompt).ids;
    EXPECT_EQ(generate(*grown, {.max_new_tokens = 12}, prompt).ids, before);
    EXPECT_GT(before.size(), 3u);
  }
}

TEST_F(GrowVocabulary, SaysWhatIsWrong) {
  const auto message = [&](const VocabularyGrowth& growth) {
    return test::thrown_message([&] { grow_vocabulary(from_, to_, growth); });
  };
  EXPECT_EQ(message({.first_id = 97}), from_.string() + ": 96 rows are not those of 97 ids");
  EXPECT_EQ(message({.first_id = 0}), from_.string() + ": 96 rows are not those of 0 ids");
  EXPECT_EQ(message({.first_id = 90, .old_ids = {{3, 90}}}),
            from_.string() + ": has no row for the id 90");
  EXPECT_FALSE(std::filesystem::exists(to_));
  std::filesystem::create_directory(to_);
  EXPECT_EQ(message(growth_), to_.string() + ": exists already");
  std::filesystem::remove(to_);
  dir_.write("from/config.json", "[]");
  EXPECT_EQ(message(growth_), (from_ / "config.json").string() + ": is not a JSON object");
}

}  // namespace
}  // namespace dsocr::model
