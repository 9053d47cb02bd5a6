#include "model/generate/decoding.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/support/thrown.h"
#include "tests/support/tiny_model.h"

namespace dsocr::model {
namespace {

using Ids = std::vector<std::int32_t>;
using Answers = std::map<std::uint64_t, Answer>;

// Prompts of unequal length, two with pages; answers stop by length only unless a test says else.
std::vector<Prompt> prompts() {
  return {{.key = 10, .ids = test::tiny_prompt(0, 3, 1)},
          {.key = 11,
           .ids = test::tiny_prompt(2, 20, 2),
           .pages = {test::tiny_page(1), test::tiny_page(2)}},
          {.key = 12, .ids = test::tiny_prompt(0, 70, 3)},
          {.key = 13, .ids = test::tiny_prompt(1, 1, 4), .pages = {test::tiny_page(3)}},
          {.key = 14, .ids = test::tiny_prompt(0, 9, 5)}};
}

Answers generate_all(DeepseekOcr network, const DecodingConfig& config, std::vector<Prompt> all) {
  Answers answers;
  size_t next = 0;
  generate(*network, config,
           {.next = [&]() -> std::optional<Prompt> {
              if (next == all.size()) return std::nullopt;
              return all[next++];
            },
            .done =
                [&](std::uint64_t key, Answer answer) {
                  EXPECT_TRUE(answers.emplace(key, std::move(answer)).second) << "twice: " << key;
                }});
  return answers;
}

class Decoding : public testing::Test {
 protected:
  Ids greedy(std::int64_t count, const Prompt& prompt) {
    return generate(*network_, {.max_new_tokens = count, .stop_on_eos = false}, prompt).ids;
  }
  void expect_refused(Prompt prompt, const std::string& reason) {
    const std::string message =
        test::thrown_message([&] { generate(*network_, {}, std::move(prompt)); });
    EXPECT_NE(message.find(reason), std::string::npos) << message;
  }
  DeepseekOcr network_ = test::tiny_model();
  const Prompt prompt_{.key = 3, .ids = test::tiny_prompt(0, 10, 6)};
};

TEST_F(Decoding, TogetherEqualsAlone) {
  ModelConfig sliding = test::tiny_config();
  sliding.decoder.sliding_window = 6;
  sliding.decoder.attention = {AttentionType::kSlidingWindow, AttentionType::kFull,
                               AttentionType::kSlidingWindow};
  for (const ModelConfig& config : {test::tiny_config(), sliding})
    for (const double temperature : {0.0, 1.0}) {
      DeepseekOcr network = test::tiny_model(config);
      DecodingConfig decoding{.max_new_tokens = 40,
                              .sampling = {.temperature = temperature, .top_p = 0.9, .top_k = 50},
                              .seed = 5};
      Answers alone;
      for (const Prompt& prompt : prompts())
        alone.emplace(prompt.key, generate(*network, decoding, prompt));
      for (const std::int64_t batch : {1, 2, 3, 8}) {
        decoding.batch = batch;
        const Answers together = generate_all(network, decoding, prompts());
        ASSERT_EQ(together.size(), alone.size());
        for (const auto& [key, answer] : alone) {
          EXPECT_EQ(together.at(key).ids, answer.ids) << "key " << key << ", batch " << batch;
          EXPECT_EQ(together.at(key).reason, answer.reason);
        }
      }
    }
}

// With eos answers end at different times, so rows are removed and filled again.
TEST_F(Decoding, EndingAtDifferentTimesChangesNothing) {
  DecodingConfig config{.max_new_tokens = 150, .sampling = {.temperature = 1}, .seed = 2};
  std::vector<Prompt> all;
  for (std::uint64_t key = 0; key < 12; ++key)
    all.push_back({.key = key, .ids = test::tiny_prompt(0, 2 + 7 * (key % 5), key)});
  const Answers alone = generate_all(network_, config, all);
  std::set<size_t> lengths;
  for (const auto& [key, answer] : alone) lengths.insert(answer.ids.size());
  EXPECT_GE(lengths.size(), 5u) << "the test needs answers of many lengths";
  config.batch = 4;
  const Answers together = generate_all(network_, config, all);
  for (const auto& [key, answer] : alone) EXPECT_EQ(together.at(key).ids, answer.ids) << key;
}

// A small decoder's batch is written by as many threads as torch has.
TEST_F(Decoding, SameForAnyNumberOfThreads) {
  const int threads = at::get_num_threads();
  const DecodingConfig config{.max_new_tokens = 40, .sampling = {.temperature = 1}, .batch = 5};
  at::set_num_threads(1);
  const Answers one = generate_all(network_, config, prompts());
  for (const int count : {2, 3, 8}) {
    at::set_num_threads(count);
    const Answers many = generate_all(network_, config, prompts());
    EXPECT_EQ(at::get_num_threads(), count);
    ASSERT_EQ(many.size(), one.size());
    for (const auto& [key, answer] : one) EXPECT_EQ(many.at(key).ids, answer.ids) << key;
  }
  at::set_num_threads(threads);
}

TEST_F(Decoding, AnErrorEndsAllThreads) {
  std::vector<Prompt> all = prompts();
  all[2].ids.assign(5000, 1);  // more than there are positions
  const std::string message = test::thrown_message(
      [&] { generate_all(network_, {.max_new_tokens = 100000, .batch = 4}, all); });
  EXPECT_NE(message.find("a prompt of 5000 tokens"), std::string::npos) << message;
}

TEST_F(Decoding, SamplingDependsOnSeedAndKey) {
  const DecodingConfig config{.max_new_tokens = 30, .sampling = {.temperature = 1}, .seed = 1};
  const auto sampled = [&](std::uint64_t seed, std::uint64_t key) {
    DecodingConfig other = config;
    other.seed = seed;
    return generate(*network_, other, {.key = key, .ids = prompt_.ids}).ids;
  };
  EXPECT_EQ(sampled(1, 3), sampled(1, 3));
  EXPECT_NE(sampled(1, 3), sampled(2, 3));
  EXPECT_NE(sampled(1, 3), sampled(1, 4));
}

TEST_F(Decoding, StopsAtEos) {
  const Ids free = greedy(20, prompt_);
  // The first token that has not come before, as eos.
  size_t at = 3;
  while (at < free.size() && std::find(free.begin(), free.begin() + static_cast<std::ptrdiff_t>(at),
                                       free[at]) != free.begin() + static_cast<std::ptrdiff_t>(at))
    ++at;
  ASSERT_LT(at, free.size());
  network_->config.eos_token_id = free[at];
  const Answer answer = generate(*network_, {.max_new_tokens = 20}, prompt_);
  EXPECT_EQ(answer.ids, Ids(free.begin(), free.begin() + static_cast<std::ptrdiff_t>(at) + 1));
  EXPECT_EQ(answer.reason, StopReason::kEos);
  EXPECT_EQ(answer.prompt_tokens, 11);
  EXPECT_EQ(greedy(20, prompt_), free) << "stop_on_eos = false";
  // eos as the very first token.
  network_->config.eos_token_id = free[0];
  EXPECT_EQ(generate(*network_, {.max_new_tokens = 20}, prompt_).ids, Ids{free[0]});
}

TEST_F(Decoding, StopsByLength) {
  const Answer one = generate(*network_, {.max_new_tokens = 1, .stop_on_eos = false}, prompt_);
  EXPECT_EQ(one.ids, greedy(20, prompt_).size() == 20 ? Ids{greedy(20, prompt_)[0]} : Ids{});
  EXPECT_EQ(one.reason, StopReason::kLength);
}

TEST_F(Decoding, StopsWhenThePositionsAreFull) {
  const Ids free = greedy(20, prompt_);
  ModelConfig config = test::tiny_config();
  config.decoder.max_positions = 16;
  DeepseekOcr small = test::tiny_model(config);
  const Answer answer = generate(*small, {.stop_on_eos = false}, prompt_);  // 11 tokens
  EXPECT_EQ(answer.ids, Ids(free.begin(), free.begin() + 5));
  EXPECT_EQ(answer.reason, StopReason::kLength);
  const Answer last =
      generate(*small, {.stop_on_eos = false}, {.ids = test::tiny_prompt(0, 14, 1)});
  EXPECT_EQ(last.ids.size(), 1u);
}

TEST_F(Decoding, StopsAtLoops) {
  const torch::NoGradGuard no_grad;
  network_->lm_head->weight.zero_();  // token 0 always
  DecodingConfig config{.max_new_tokens = 150, .stop_on_loop = true};
  Answer answer = generate(*network_, config, prompt_);
  EXPECT_EQ(answer.ids, Ids(128, 0));
  EXPECT_EQ(answer.reason, StopReason::kLoop);
  EXPECT_EQ(answer.loop_period, 1);
  config.stop_on_loop = false;
  answer = generate(*network_, config, prompt_);
  EXPECT_EQ(answer.ids.size(), 150u);
  EXPECT_EQ(answer.reason, StopReason::kLength);
  EXPECT_EQ(answer.loop_period, 1);
  config.max_new_tokens = 127;
  EXPECT_EQ(generate(*network_, config, prompt_).loop_period, 0);
}

TEST_F(Decoding, TellsTokensInTheirOrder) {
  std::vector<Prompt> all = prompts();
  std::map<std::uint64_t, Ids> told;
  std::set<std::uint64_t> open;
  size_t next = 0, most = 0, ended = 0;
  const DecodingConfig config{.max_new_tokens = 7, .stop_on_eos = false, .batch = 2};
  generate(*network_, config,
           {.next = [&]() -> std::optional<Prompt> {
              EXPECT_LT(open.size(), 2u) << "asked for a prompt without a free place";
              EXPECT_LT(next, all.size() + 1) << "asked again after the end";
              if (next == all.size()) {
                ++next;
                return std::nullopt;
              }
              open.insert(all[next].key);
              most = std::max(most, open.size());
              return all[next++];
            },
            .done =
                [&](std::uint64_t key, const Answer& answer) {
                  EXPECT_EQ(told[key], answer.ids);
                  EXPECT_GT(answer.first_token_s, 0);
                  EXPECT_EQ(open.erase(key), 1u);
                  ++ended;
                },
            .token =
                [&](std::uint64_t key, std::int32_t id) {
                  EXPECT_TRUE(open.contains(key));
                  told[key].push_back(id);
                }});
  EXPECT_EQ(ended, all.size());
  EXPECT_EQ(most, 2u);
}

TEST_F(Decoding, BlocksNgramsInPromptOrAnswer) {
  // Size 1 without a window: no token comes twice, nor one of the prompt.
  const Ids once =
      generate(*network_, {.max_new_tokens = 30, .ngram = {.size = 1}, .stop_on_eos = false},
               prompt_)
          .ids;
  std::set<std::int32_t> seen(prompt_.ids.begin(), prompt_.ids.end());
  for (const std::int32_t id : once) EXPECT_TRUE(seen.insert(id).second) << id;
  // With a window only the answer counts: the prompt's bigrams may come again.
  const torch::NoGradGuard no_grad;
  network_->lm_head->weight.zero_();
  const DecodingConfig window{
      .max_new_tokens = 6, .ngram = {.size = 2, .window = 50}, .stop_on_eos = false};
  const Prompt zeros{.ids = {0, 0, 0, 0, 0}};
  EXPECT_EQ(generate(*network_, window, zeros).ids, (Ids{0, 0, 1, 0, 2, 0}));
  DecodingConfig whole = window;
  whole.ngram.window = 0;
  EXPECT_EQ(generate(*network_, whole, zeros).ids, (Ids{1, 0, 2, 0, 3, 0}));
  whole.ngram.allowed = {0};
  EXPECT_EQ(generate(*network_, whole, zeros).ids, Ids(6, 0));
}

TEST_F(Decoding, RefusesPromptsThatDoNotFit) {
  expect_refused({.ids = test::tiny_prompt(1, 5, 1)},
                 "has 7 image placeholders for 0 vision tokens");
  expect_refused({.ids = test::tiny_prompt(0, 5, 1), .pages = {test::tiny_page(1)}},
                 "has 0 image placeholders for 7 vision tokens");
  Prompt fewer{.ids = test::tiny_prompt(2, 5, 1),
               .pages = {test::tiny_page(1), test::tiny_page(2)}};
  fewer.ids.erase(fewer.ids.begin() + 1);
  expect_refused(fewer, "has 13 image placeholders for 14 vision tokens");
  expect_refused({.ids = {}}, "a prompt of 0 tokens does not fit");
  expect_refused({.ids = Ids(1024, 5)},
                 "a prompt of 1024 tokens does not fit into the 1024 positions");
  EXPECT_ANY_THROW(generate(*network_, {}, {.ids = {0, 96}})) << "an id outside the vocabulary";
}

}  // namespace
}  // namespace dsocr::model
