#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <thread>

#include "data/pipeline/batcher.h"
#include "data/pipeline/ordered_map.h"
#include "data/pipeline/permutation.h"
#include "data/pipeline/sample_order.h"

namespace dsocr::data {
namespace {

TEST(Permutation, HasEveryPlaceOnce) {
  for (const std::uint64_t count : {1u, 2u, 3u, 5u, 16u, 17u, 255u, 1000u, 4097u})
    for (const std::uint64_t seed : {0u, 1u}) {
      const Permutation permutation(count, seed);
      std::set<std::uint64_t> seen;
      for (std::uint64_t i = 0; i < count; ++i) {
        EXPECT_LT(permutation[i], count);
        seen.insert(permutation[i]);
      }
      EXPECT_EQ(seen.size(), count);
    }
}

TEST(Permutation, LooksRandom) {
  constexpr std::uint64_t kCount = 10'000;
  const Permutation one(kCount, 1), two(kCount, 2);
  double same = 0, neighbours = 0, correlation = 0;
  for (std::uint64_t i = 0; i < kCount; ++i) {
    same += one[i] == two[i];
    neighbours += i > 0 && one[i] == one[i - 1] + 1;
    correlation += (static_cast<double>(i) / kCount - 0.5) *
                   (static_cast<double>(one[i]) / kCount - 0.5) * 12 / kCount;
  }
  EXPECT_LT(same, 10);        // one is expected
  EXPECT_LT(neighbours, 10);  // one is expected
  EXPECT_LT(std::abs(correlation), 0.05);
}

// Pinned: a run must go on with the same pages after an update.
TEST(Permutation, IsTheSameInEveryRelease) {
  const Permutation permutation(1'000'000, 42);
  EXPECT_EQ((std::array{permutation[0], permutation[1], permutation[999'999]}),
            (std::array<std::uint64_t, 3>{111'584, 193'254, 494'619}));
}

std::vector<SampleRef> all_of(SampleOrder order, size_t limit = 10'000) {
  std::vector<SampleRef> refs;
  while (refs.size() < limit) {
    const auto ref = order.next();
    if (!ref) break;
    refs.push_back(*ref);
  }
  return refs;
}

TEST(SampleOrder, EachEpochHasEveryPageOnceInAnotherOrder) {
  const auto refs = all_of({{{50, 50}}, {.seed = 3, .epochs = 3}});
  ASSERT_EQ(refs.size(), 150u);
  std::vector<std::vector<std::uint64_t>> epochs(3);
  for (size_t i = 0; i < refs.size(); ++i) {
    EXPECT_EQ(refs[i].draw, i);
    EXPECT_EQ(refs[i].epoch, i / 50);
    epochs[i / 50].push_back(refs[i].page);
  }
  EXPECT_NE(epochs[0], epochs[1]);
  EXPECT_NE(epochs[1], epochs[2]);
  std::vector<std::uint64_t> sorted(50);
  std::iota(sorted.begin(), sorted.end(), 0);
  for (auto& epoch : epochs) {
    std::sort(epoch.begin(), epoch.end());
    EXPECT_EQ(epoch, sorted);
  }
}

TEST(SampleOrder, WithoutShufflingPagesComeAsTheyLie) {
  const auto refs = all_of({{{4, 4}}, {.shuffle = false, .epochs = 2}});
  ASSERT_EQ(refs.size(), 8u);
  for (size_t i = 0; i < refs.size(); ++i) EXPECT_EQ(refs[i].page, i % 4);
}

TEST(SampleOrder, MixesSourcesByTheirWeights) {
  const auto refs = all_of({{{10, 3}, {1000, 1}}, {.seed = 1}}, 4000);
  double first = 0;
  for (size_t i = 0; i < refs.size(); ++i) {
    first += refs[i].source == 0;
    // Never further from the share than one draw.
    EXPECT_NEAR(first, 0.75 * static_cast<double>(i + 1), 1.01) << i;
  }
}

TEST(SampleOrder, ASourceThatIsDoneLeavesTheRestToTheOthers) {
  const auto refs = all_of({{{2, 10}, {5, 1}}, {.epochs = 1}});
  ASSERT_EQ(refs.size(), 7u);
  std::map<std::uint64_t, int> counts;
  for (const SampleRef& ref : refs) ++counts[ref.source];
  EXPECT_EQ(counts[0], 2);
  EXPECT_EQ(counts[1], 5);
}

TEST(SampleOrder, RanksShareOneOrder) {
  const std::vector<SampleOrder::Source> sources{{7, 7}, {12, 3}};
  const auto whole = all_of({sources, {.seed = 9, .epochs = 2}});
  std::vector<SampleRef> together;
  for (std::uint64_t rank = 0; rank < 3; ++rank)
    for (const SampleRef& ref :
         all_of({sources, {.seed = 9, .epochs = 2, .rank = rank, .world = 3}}))
      together.push_back(ref);
  std::sort(together.begin(), together.end(),
            [](const SampleRef& a, const SampleRef& b) { return a.draw < b.draw; });
  EXPECT_EQ(together, whole);
}

TEST(SampleOrder, GoesOnFromItsState) {
  const std::vector<SampleOrder::Source> sources{{7, 7}, {12, 3}};
  const OrderOptions options{.seed = 4, .epochs = 3};
  SampleOrder order(sources, options);
  for (int i = 0; i < 20; ++i) order.next();
  SampleOrder other(sources, options);
  other.set_state(order.state());
  EXPECT_EQ(all_of(other), all_of(order));
  EXPECT_THROW(other.set_state({1, {1}}), std::invalid_argument);
}

TEST(SampleOrder, RefusesWhatMakesNoOrder) {
  EXPECT_THROW((SampleOrder{{}, {}}), std::invalid_argument);
  EXPECT_THROW((SampleOrder{{{0, 1}}, {}}), std::invalid_argument);
  EXPECT_THROW((SampleOrder{{{1, 0}}, {}}), std::invalid_argument);
  EXPECT_THROW((SampleOrder{{{1, NAN}}, {}}), std::invalid_argument);
  EXPECT_THROW((SampleOrder{{{1, 1}}, {.rank = 2, .world = 2}}), std::invalid_argument);
}

// Numbers below `count`.
std::function<std::optional<int>()> numbers(int count) {
  return [i = 0, count]() mutable { return i < count ? std::optional(i++) : std::nullopt; };
}

TEST(OrderedMap, KeepsTheOrderWhateverTakesLong) {
  for (const size_t threads : {1u, 3u, 8u}) {
    OrderedMap<int, int> map(
        numbers(200),
        [](const int& i) {
          std::this_thread::sleep_for(std::chrono::microseconds(i % 7 == 0 ? 900 : 10));
          return i * i;
        },
        threads, 16);
    for (int i = 0; i < 200; ++i) EXPECT_EQ(map.next(), std::pair(i, i * i));
    EXPECT_EQ(map.next(), std::nullopt);
    EXPECT_EQ(map.next(), std::nullopt);
  }
}

TEST(OrderedMap, AnErrorComesInItsPlace) {
  OrderedMap<int, int> map(
      numbers(10),
      [](const int& i) {
        if (i == 4) throw std::runtime_error("four");
        return i;
      },
      3, 5);
  for (int i = 0; i < 10; ++i) {
    if (i == 4)
      EXPECT_THROW(map.next(), std::runtime_error);
    else
      EXPECT_EQ(map.next(), std::pair(i, i));
  }
  EXPECT_EQ(map.next(), std::nullopt);
}

TEST(OrderedMap, ReadsNoFurtherThanItsWindow) {
  std::atomic<int> asked = 0;
  OrderedMap<int, int> map([&] { return std::optional(asked++); }, [](const int& i) { return i; },
                           2, 6);
  for (int i = 0; i < 50; ++i) {
    map.next();
    EXPECT_LE(asked, i + 1 + 6);
  }
}

TEST(OrderedMap, GoingAwayEarlyJoinsItsThreads) {
  for (int round = 0; round < 50; ++round) {
    std::atomic<int> running = 0;
    {
      OrderedMap<int, int> map(
          numbers(1000),
          [&](const int& i) {
            ++running;
            std::this_thread::sleep_for(std::chrono::microseconds(50));
            --running;
            return i;
          },
          4, 32);
      if (round % 2 == 0) map.next();
    }
    EXPECT_EQ(running, 0);
  }
}

std::vector<std::vector<int>> batches_of(BatcherOptions options, const std::vector<int>& lengths) {
  Batcher<int> batcher(std::move(options), [](const int& i) { return static_cast<size_t>(i); });
  std::vector<std::vector<int>> batches;
  for (const int length : lengths)
    if (auto full = batcher.add(length)) batches.push_back(*full);
  while (auto rest = batcher.flush()) batches.push_back(*rest);
  return batches;
}

TEST(Batcher, TakesSamplesAsTheyCome) {
  EXPECT_EQ(batches_of({.batch_size = 2}, {5, 1, 9, 2, 4}),
            (std::vector<std::vector<int>>{{5, 1}, {9, 2}, {4}}));
}

TEST(Batcher, PutsLikeLengthsTogether) {
  EXPECT_EQ(batches_of({.batch_size = 2, .buckets = {3, 10}}, {5, 1, 90, 3, 4, 10, 11, 7}),
            (std::vector<std::vector<int>>{{1, 3}, {5, 4}, {90, 11}, {10, 7}}));
}

TEST(Batcher, CountsTokensAsPadded) {
  EXPECT_EQ(batches_of({.batch_size = 9, .max_tokens = 12}, {4, 4, 4, 4, 3, 7, 30, 1}),
            (std::vector<std::vector<int>>{{4, 4, 4}, {4, 3}, {7}, {30}, {1}}));
}

TEST(Batcher, PacksSequencesUpToTheirSum) {
  EXPECT_EQ(batches_of({.batch_size = 9, .max_tokens = 12, .packed = true},
                       {4, 4, 4, 1, 3, 7, 30, 1, 11}),
            (std::vector<std::vector<int>>{{4, 4, 4}, {1, 3, 7}, {30}, {1, 11}}));
}

TEST(Batcher, RefusesWhatMakesNoBatches) {
  EXPECT_THROW(batches_of({.batch_size = 1, .packed = true}, {}), std::invalid_argument);
  EXPECT_THROW(batches_of({.batch_size = 0}, {}), std::invalid_argument);
  EXPECT_THROW(batches_of({.batch_size = 1, .buckets = {5, 5}}, {}), std::invalid_argument);
}

}  // namespace
}  // namespace dsocr::data
