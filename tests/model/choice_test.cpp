#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>

#include "model/generate/loop.h"
#include "model/generate/ngram_block.h"
#include "model/generate/sampling.h"
#include "tests/support/tiny_model.h"

// How a token is chosen: sampling, loops, forbidden n-grams.
namespace dsocr::model {
namespace {

using Ids = std::vector<std::int32_t>;

// Frequencies of 40000 draws from one distribution.
std::vector<double> frequencies(const std::vector<double>& probabilities,
                                const Sampling& sampling) {
  constexpr int kDraws = 40000;
  torch::Tensor logits = torch::tensor(probabilities, torch::kFloat64).log().to(torch::kFloat32);
  logits += 7;  // logits are not normalised
  std::mt19937_64 random(11);
  std::vector<double> counts(probabilities.size());
  for (int i = 0; i < kDraws; ++i)
    counts[static_cast<size_t>(choose_token(logits, sampling, random))] += 1.0 / kDraws;
  return counts;
}

void expect_near(const std::vector<double>& ours, const std::vector<double>& expected) {
  ASSERT_EQ(ours.size(), expected.size());
  for (size_t i = 0; i < ours.size(); ++i) {
    // Five standard deviations.
    const double limit = 1e-9 + 5 * std::sqrt(expected[i] * (1 - expected[i]) / 40000);
    EXPECT_NEAR(ours[i], expected[i], limit) << i;
  }
}

std::int32_t best(const std::vector<float>& logits) {
  std::mt19937_64 random(1);
  const std::mt19937_64 before = random;
  const std::int32_t id = choose_token(torch::tensor(logits), {}, random);
  EXPECT_EQ(random, before) << "the most likely token is not drawn";
  return id;
}

TEST(Sampling, ZeroTemperatureTakesTheLowestOfTheMostLikely) {
  EXPECT_EQ(best({1, 3, 2}), 1);
  EXPECT_EQ(best({-2, -1, -1, -1}), 1);
  EXPECT_EQ(best({5, 5, 5}), 0);
  EXPECT_EQ(best({-INFINITY, -INFINITY, -8}), 2);
}

TEST(Sampling, DrawsByProbability) {
  expect_near(frequencies({0.1, 0.6, 0.0, 0.3}, {.temperature = 1}), {0.1, 0.6, 0, 0.3});
}

TEST(Sampling, TemperatureFlattensAndSharpens) {
  const double flat = std::sqrt(0.1) + std::sqrt(0.6) + std::sqrt(0.3);
  expect_near(frequencies({0.1, 0.6, 0.3}, {.temperature = 2}),
              {std::sqrt(0.1) / flat, std::sqrt(0.6) / flat, std::sqrt(0.3) / flat});
  expect_near(frequencies({0.1, 0.6, 0.3}, {.temperature = 0.5}),
              {0.01 / 0.46, 0.36 / 0.46, 0.09 / 0.46});
}

TEST(Sampling, TopKKeepsTheMostLikely) {
  expect_near(frequencies({0.1, 0.6, 0.3}, {.temperature = 1, .top_k = 2}), {0, 2.0 / 3, 1.0 / 3});
  expect_near(frequencies({0.1, 0.6, 0.3}, {.temperature = 1, .top_k = 1}), {0, 1, 0});
  expect_near(frequencies({0.1, 0.6, 0.3}, {.temperature = 1, .top_k = 9}), {0.1, 0.6, 0.3});
  // Of equally likely ones the lowest ids.
  expect_near(frequencies({0.25, 0.25, 0.25, 0.25}, {.temperature = 1, .top_k = 2}),
              {0.5, 0.5, 0, 0});
}

TEST(Sampling, TopPKeepsTheFewestThatReachIt) {
  const std::vector<double> p{0.1, 0.6, 0.3};
  expect_near(frequencies(p, {.temperature = 1, .top_p = 0.59}), {0, 1, 0});
  expect_near(frequencies(p, {.temperature = 1, .top_p = 0.61}), {0, 2.0 / 3, 1.0 / 3});
  expect_near(frequencies(p, {.temperature = 1, .top_p = 0.91}), p);
  expect_near(frequencies(p, {.temperature = 1, .top_p = 1e-9}), {0, 1, 0});
  // Of what top_k left: 0.6 of 0.9.
  expect_near(frequencies(p, {.temperature = 1, .top_p = 0.66, .top_k = 2}), {0, 1, 0});
  expect_near(frequencies(p, {.temperature = 1, .top_p = 0.67, .top_k = 2}), {0, 2.0 / 3, 1.0 / 3});
}

// The first outputs of the generator, as the C++ standard fixes them: 0.787, 0.250, 0.711 of 2^64.
TEST(Sampling, TheSameOnEveryMachine) {
  std::mt19937_64 random;
  Ids ids;
  for (int i = 0; i < 3; ++i)
    ids.push_back(choose_token(torch::zeros({10}), {.temperature = 1}, random));
  EXPECT_EQ(ids, (Ids{7, 2, 7}));
}

// When the detector speaks first, in tokens from 1; 0: never. And the period that it names.
std::pair<std::int64_t, std::int64_t> first_loop(
    std::int64_t count, const std::function<std::int32_t(std::int64_t)>& id) {
  LoopDetector detector;
  for (std::int64_t i = 0; i < count; ++i)
    if (const auto period = detector.push(id(i))) return {i + 1, *period};
  return {0, 0};
}

using Found = std::pair<std::int64_t, std::int64_t>;

TEST(LoopDetector, FindsPeriodsUpTo64) {
  for (const std::int64_t period : {1, 2, 7, 15, 16, 17, 63, 64}) {
    const auto loop = [&](std::int64_t i) { return static_cast<std::int32_t>(i % period); };
    EXPECT_EQ(first_loop(2000, loop), Found(std::max<std::int64_t>(128, 8 * period), period));
    // What comes before does not count.
    EXPECT_EQ(first_loop(2000,
                         [&](std::int64_t i) {
                           return i < 100 ? 1000 + static_cast<std::int32_t>(i) : loop(i - 100);
                         }),
              Found(100 + std::max<std::int64_t>(128, 8 * period), period));
  }
  EXPECT_EQ(first_loop(3000, [](std::int64_t i) { return static_cast<std::int32_t>(i % 65); }),
            Found(0, 0));
}

TEST(LoopDetector, IsSilentOnOtherTexts) {
  std::mt19937_64 random(4);
  EXPECT_EQ(
      first_loop(20000, [&](std::int64_t) { return static_cast<std::int32_t>(random() % 3); }),
      Found(0, 0));
  EXPECT_EQ(first_loop(20000, [](std::int64_t i) { return static_cast<std::int32_t>(i); }),
            Found(0, 0));
  // 127 of the same, again and again.
  EXPECT_EQ(
      first_loop(20000,
                 [](std::int64_t i) { return i % 128 == 127 ? static_cast<std::int32_t>(i) : 5; }),
      Found(0, 0));
  // 100 cells of a table and a new row, which makes no period of 64 or less.
  EXPECT_EQ(first_loop(20000,
                       [](std::int64_t i) {
                         return static_cast<std::int32_t>(i % 101 == 100 ? i : i % 101 % 2);
                       }),
            Found(0, 0));
}

TEST(LoopDetector, ForgetsALoopThatEnds) {
  LoopDetector detector;
  std::optional<std::int64_t> period;
  for (int i = 0; i < 200; ++i) period = detector.push(i % 3);
  EXPECT_EQ(period, 3);
  EXPECT_EQ(detector.push(9), std::nullopt);
  for (int i = 0; i < 127; ++i) EXPECT_EQ(detector.push(i % 3), std::nullopt) << i;
  EXPECT_EQ(detector.push(127 % 3), 3);
}

TEST(NgramBlock, ByHand) {
  const Ids tokens{1, 2, 3, 1, 2, 4, 1, 2};
  EXPECT_EQ(blocked_tokens({}, tokens), Ids{});
  EXPECT_EQ(blocked_tokens({.size = 3}, tokens), (Ids{3, 4}));
  EXPECT_EQ(blocked_tokens({.size = 3, .allowed = {3, 77}}, tokens), Ids{4});
  EXPECT_EQ(blocked_tokens({.size = 4}, tokens), Ids{});
  EXPECT_EQ(blocked_tokens({.size = 8}, tokens), Ids{});
  EXPECT_EQ(blocked_tokens({.size = 9}, tokens), Ids{});
  // (1 2 3) starts 8 tokens from the end, (1 2 4) 5.
  EXPECT_EQ(blocked_tokens({.size = 3, .window = 8}, tokens), (Ids{3, 4}));
  EXPECT_EQ(blocked_tokens({.size = 3, .window = 7}, tokens), Ids{4});
  EXPECT_EQ(blocked_tokens({.size = 3, .window = 5}, tokens), Ids{4});
  EXPECT_EQ(blocked_tokens({.size = 3, .window = 4}, tokens), Ids{});
  EXPECT_EQ(blocked_tokens({.size = 1}, tokens), (Ids{1, 2, 3, 4}));
  EXPECT_EQ(blocked_tokens({.size = 1, .window = 8}, tokens), Ids{});
  EXPECT_EQ(blocked_tokens({.size = 2}, Ids{5}), Ids{});
  EXPECT_EQ(blocked_tokens({.size = 2}, Ids{5, 5}), Ids{5});
}

}  // namespace
}  // namespace dsocr::model
