#include "model/kv_cache.h"

#include <gtest/gtest.h>

#include "tests/support/tiny_model.h"

namespace dsocr::model {
namespace {

using Ids = std::vector<std::int32_t>;
using Pages = std::vector<PageInput>;
constexpr auto kFull = AttentionType::kFull;
constexpr auto kSliding = AttentionType::kSlidingWindow;

// A sequence that is written token by token: stepped() must give what whole() gives in one pass.
struct Sequence {
  Ids ids;
  std::int64_t prompt;
  Pages pages = {};
};

// Logits [outputs + 1, V] after the prompt and after every further token, without a cache.
torch::Tensor whole(DeepseekOcr network, const Sequence& sequence) {
  const torch::Tensor logits = network
                                   ->forward({.ids_BT = test::id_tensor(sequence.ids).unsqueeze(0),
                                              .pages = {sequence.pages},
                                              .prompt_tokens = {sequence.prompt}})
                                   .logits_BTV[0];
  return logits.narrow(0, sequence.prompt - 1, logits.size(0) - sequence.prompt + 1);
}

KvCache new_cache(DeepseekOcr network) {
  return {network->config.decoder, torch::dtype(torch::kFloat32)};
}

// Logits [1, V] after the prompt, which becomes a row.
torch::Tensor prefill(DeepseekOcr network, const Sequence& sequence, KvCache& cache) {
  std::vector<torch::Tensor> parts;
  for (const PageInput& page : sequence.pages) parts.push_back(network->encode_page(page));
  const torch::Tensor image_tokens = parts.empty() ? torch::Tensor() : torch::cat(parts);
  const torch::Tensor ids = test::id_tensor(sequence.ids).narrow(0, 0, sequence.prompt);
  return network->prefill(network->embed(ids.unsqueeze(0), {&image_tokens, 1}), cache);
}

torch::Tensor stepped(DeepseekOcr network, const Sequence& sequence) {
  KvCache cache = new_cache(network);
  std::vector<torch::Tensor> logits{prefill(network, sequence, cache)};
  for (auto at = static_cast<size_t>(sequence.prompt); at < sequence.ids.size(); ++at) {
    EXPECT_EQ(cache.length(0), static_cast<std::int64_t>(at));
    logits.push_back(network->step(test::id_tensor({sequence.ids[at]}), cache));
  }
  return torch::cat(logits);
}

struct Variant {
  const char* name;
  std::int64_t window = 0;
  std::vector<AttentionType> attention = {};
  std::int64_t num_kv_heads = 4;
};

ModelConfig with_attention(const Variant& variant) {
  ModelConfig config = test::tiny_config();
  config.decoder.sliding_window = variant.window;
  config.decoder.attention = variant.attention;
  config.decoder.num_kv_heads = variant.num_kv_heads;
  return config;
}

class Stepping : public testing::TestWithParam<Variant> {
 protected:
  const torch::NoGradGuard no_grad_;
  DeepseekOcr network_ = test::tiny_model(with_attention(GetParam()));
};

// The prompts are longer or shorter than the first 64 entries, the outputs grow the cache twice.
TEST_P(Stepping, EqualsOnePass) {
  for (const std::int64_t prompt : {1, 5, 64, 70}) {
    const Sequence sequence{test::tiny_prompt(0, 150, 2), prompt};
    EXPECT_LT(test::distance(stepped(network_, sequence), whole(network_, sequence)), 1e-5)
        << prompt;
  }
}

TEST_P(Stepping, EqualsOnePassWithPages) {
  const Sequence sequence{
      test::tiny_prompt(2, 40, 3), 20, {test::tiny_page(1), test::tiny_page(2)}};
  EXPECT_LT(test::distance(stepped(network_, sequence), whole(network_, sequence)), 1e-5);
}

// Rows of unequal length step together, one goes, another comes into its place.
TEST_P(Stepping, RowsDoNotSeeEachOther) {
  std::vector<Sequence> sequences{{test::tiny_prompt(0, 60, 4), 30},
                                  {test::tiny_prompt(1, 60, 5), 12, {test::tiny_page(3)}},
                                  {test::tiny_prompt(0, 90, 6), 2},
                                  {test::tiny_prompt(0, 60, 7), 3}};
  std::vector<torch::Tensor> expected;
  for (const Sequence& sequence : sequences) expected.push_back(whole(network_, sequence));
  KvCache cache = new_cache(network_);
  std::vector<size_t> rows;        // which sequence stands in a row
  std::vector<std::int64_t> done;  // steps of each sequence
  const auto open = [&](size_t which) {
    EXPECT_LT(test::distance(prefill(network_, sequences[which], cache)[0], expected[which][0]),
              1e-5);
    rows.push_back(which);
    done.push_back(0);
  };
  const auto steps = [&](int count) {
    for (; count > 0; --count) {
      Ids next;
      for (size_t row = 0; row < rows.size(); ++row)
        next.push_back(
            sequences[rows[row]].ids[static_cast<size_t>(sequences[rows[row]].prompt + done[row])]);
      const torch::Tensor logits = network_->step(test::id_tensor(next), cache);
      for (size_t row = 0; row < rows.size(); ++row) {
        ++done[row];
        ASSERT_LT(
            test::distance(logits[static_cast<std::int64_t>(row)], expected[rows[row]][done[row]]),
            1e-5)
            << "sequence " << rows[row] << ", step " << done[row];
      }
    }
  };
  for (const size_t which : {0u, 1u, 2u}) open(which);
  steps(10);
  cache.remove_row(0);  // the last row, sequence 2, takes its place
  rows = {2, 1};
  done = {10, 10};
  EXPECT_EQ(cache.num_rows(), 2);
  EXPECT_EQ(cache.length(0), 12);
  EXPECT_EQ(cache.length(1), 22);
  steps(7);
  open(3);
  steps(20);
  cache.remove_row(2);  // the last one itself
  rows = {2, 1};
  done = {37, 37};
  steps(9);
}

INSTANTIATE_TEST_SUITE_P(
    Attention, Stepping,
    testing::Values(Variant{"full"}, Variant{"grouped", 0, {}, 2},
                    Variant{"window_1", 1, {kSliding, kSliding, kSliding}},
                    Variant{"window_5", 5, {kSliding, kSliding, kSliding}},
                    Variant{"mixed", 4, {kFull, kSliding, kFull}, 1},
                    Variant{"window_longer_than_any_output", 500, {kSliding, kFull, kSliding}}),
    [](const auto& test) { return test.param.name; });

class SlidingWindow : public testing::Test {
 protected:
  // Whether the logits of the last token change when the token at `position` does.
  bool sees(const DeepseekOcr& network, Sequence sequence, size_t position) {
    const torch::Tensor before = whole(network, sequence);
    sequence.ids[position] = sequence.ids[position] == 50 ? 51 : 50;
    const torch::Tensor after = whole(network, sequence);
    return !torch::equal(before[before.size(0) - 1], after[after.size(0) - 1]);
  }
  const torch::NoGradGuard no_grad_;
};

// One layer, so that nothing comes through the layers below.
TEST_F(SlidingWindow, KeepsThePromptAndTheLastTokens) {
  ModelConfig config = with_attention({"", 3, {kSliding}});
  config.decoder.num_layers = 1;
  DeepseekOcr network = test::tiny_model(config);
  const Sequence sequence{test::tiny_prompt(0, 19, 8), 6};
  for (size_t position = 0; position < 20; ++position)
    EXPECT_EQ(sees(network, sequence, position), position < 6 || position >= 17) << position;
}

TEST_F(SlidingWindow, IsForOutputsOnly) {
  ModelConfig config = with_attention({"", 3, {kSliding}});
  config.decoder.num_layers = 1;
  DeepseekOcr network = test::tiny_model(config);
  // All of it is prompt: every token sees every earlier one.
  const Sequence sequence{test::tiny_prompt(0, 19, 8), 20};
  for (size_t position = 0; position < 20; ++position)
    EXPECT_TRUE(sees(network, sequence, position)) << position;
  config.decoder.attention = {kFull};
  DeepseekOcr full = test::tiny_model(config);
  EXPECT_TRUE(sees(full, {sequence.ids, 6}, 10)) << "a full layer has no window";
}

TEST_F(SlidingWindow, PromptLengthsAreThoseOfTheRows) {
  DeepseekOcr network = test::tiny_model(with_attention({"", 2, {kSliding, kSliding, kFull}}));
  const Sequence a{test::tiny_prompt(0, 24, 9), 4}, b{test::tiny_prompt(0, 14, 10), 9};
  // b is padded with 7s at its end.
  Ids padded = b.ids;
  padded.resize(a.ids.size(), 7);
  torch::Tensor mask = torch::ones({2, 25}, torch::kBool);
  mask[1].narrow(0, 15, 10).fill_(false);
  const torch::Tensor logits =
      network
          ->forward({.ids_BT = torch::stack({test::id_tensor(a.ids), test::id_tensor(padded)}),
                     .mask_BT = mask,
                     .prompt_tokens = {4, 9}})
          .logits_BTV;
  EXPECT_LT(test::distance(logits[0].narrow(0, 3, 22), whole(network, a)), 1e-5);
  EXPECT_LT(test::distance(logits[1].narrow(0, 8, 7), whole(network, b)), 1e-5);
}

}  // namespace
}  // namespace dsocr::model
