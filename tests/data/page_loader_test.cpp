#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "configs/json_reader.h"
#include "data/error.h"
#include "data/hdf5/page_store_writer.h"
#include "data/image/decode.h"
#include "data/image/encode.h"
#include "tests/data/page_loader_fixture.h"
#include "tests/support/thrown.h"

namespace dsocr::data {
namespace {

TEST_F(PageLoaderTest, GivesViewsPromptAndAnswer) {
  config_.sources = {{path("a.h5")}};
  config_.shuffle = false;
  config_.batch_size = 11;
  PageLoader loader(config_, tokenizer());
  EXPECT_EQ(loader.num_pages(), 11u);
  const auto batch = loader.next();
  ASSERT_TRUE(batch);
  ASSERT_EQ(batch->pages.size(), 11u);
  const LoadedPage& page = batch->pages[2];
  EXPECT_EQ(page.id, "page-2");
  Image image{30, 20, {}};
  image.rgb.assign(std::size_t{30} * 20 * 3, 2);
  EXPECT_EQ(page.views.global, make_views(image, configs::VisionMode::kTiny).global);
  // bos, 64 tokens with 8 newlines and a separator, "\nFree OCR."
  EXPECT_EQ(page.prompt.size(), 1 + 73 + tokenizer().encode("\nFree OCR.").size());
  auto answer = tokenizer().encode("word word word word word word word word word word ");
  answer.push_back(1);
  EXPECT_EQ(page.answer, answer);
}

TEST_F(PageLoaderTest, EveryPageComesOncePerEpoch) {
  std::multiset<std::string> pages;
  for (const auto& batch : read(config_).batches) pages.insert(batch.begin(), batch.end());
  EXPECT_EQ(pages.size(), 32u);
  EXPECT_EQ(pages.count("page-4 0"), 1u);
  EXPECT_EQ(pages.count("page-104 1"), 1u);
}

// To the network it would be another page.
TEST_F(PageLoaderTest, ATextWithAnImageTokenIsBad) {
  PageStoreWriter writer(path("c.h5"), {});
  Image image{30, 20, std::vector<std::uint8_t>(std::size_t{30} * 20 * 3, 3)};
  writer.add({.id = "sly",
              .image = encode_png(image, "test"),
              .width = 30,
              .height = 20,
              .text = "an <image> in it"},
             0);
  writer.finish();
  config_.sources = {{path("c.h5")}};
  EXPECT_EQ(test::thrown_message([&] { read(config_); }),
            "sample 'sly': sample 'sly': its text has the token <image>");
}

TEST_F(PageLoaderTest, AugmentsAPageAnewEachTimeItComes) {
  config_.sources = {{path("b.h5")}};
  config_.shuffle = false;
  config_.batch_size = 5;
  const auto epochs = [&](std::uint64_t threads) {
    config_.threads = threads;
    PageLoader loader(config_, tokenizer(), {.seed = 7});
    std::vector<Image> views;
    while (auto batch = loader.next()) views.push_back(batch->pages[0].views.global);
    return views;
  };
  auto plain = epochs(1);
  EXPECT_EQ(plain[0], plain[1]);
  config_.augment.noise = {0.5};
  config_.augment.jpeg = {0, 1};
  const auto noisy = epochs(1);
  EXPECT_NE(noisy[0], plain[0]);
  EXPECT_NE(noisy[0], noisy[1]);
  EXPECT_EQ(epochs(3), noisy);
}

// Another share each time, of the same text.
TEST_F(PageLoaderTest, SpellsAShareOfTheAnswers) {
  config_.sources = {{path("a.h5")}};
  config_.epochs = 20;
  const auto spelled = [&](double share, std::uint64_t threads) {
    config_.spelled = share;
    config_.threads = threads;
    PageLoader loader(config_, tokenizer(), {.seed = 7});
    std::vector<bool> pages;
    while (const auto batch = loader.next())
      for (const LoadedPage& page : batch->pages) {
        const std::string text = tokenizer().decode(page.answer, /*skip_special=*/true);
        if (text.empty()) continue;
        EXPECT_EQ(text.size() % 5, 0u);
        const std::size_t ids = page.answer.size() - 1;  // eos is the last
        const bool whole = ids == tokenizer().encode(text).size();
        EXPECT_TRUE(whole || ids == text.size()) << ids << " " << text;
        pages.push_back(!whole);
      }
    return pages;
  };
  const auto some = spelled(0.25, 1);
  EXPECT_EQ(some.size(), 200u);
  EXPECT_NEAR(static_cast<double>(std::count(some.begin(), some.end(), true)), 50, 20);
  EXPECT_EQ(spelled(0.25, 3), some);
  EXPECT_EQ(spelled(1, 2), std::vector<bool>(200, true));
  EXPECT_EQ(spelled(0, 2), std::vector<bool>(200, false));
}

TEST_F(PageLoaderTest, TheSameBatchesForAnyNumberOfThreads) {
  config_.buckets = {85, 90};
  config_.threads = 1;
  const auto expected = read(config_).batches;
  for (const std::uint64_t threads : {2u, 5u})
    for (const std::uint64_t window : {1u, 7u}) {
      config_.threads = threads;
      config_.window = window;
      EXPECT_EQ(read(config_).batches, expected) << threads << " " << window;
    }
}

TEST_F(PageLoaderTest, GoesOnBehindAnyBatch) {
  for (const std::vector<std::uint64_t>& buckets :
       {std::vector<std::uint64_t>{}, std::vector<std::uint64_t>{80, 84, 88}}) {
    config_.buckets = buckets;
    const Seen whole = read(config_);
    for (size_t i = 0; i < whole.batches.size(); ++i) {
      const LoaderState state = LoaderState::from_json(whole.states[i].to_json());
      const auto rest = read(config_, &state).batches;
      EXPECT_EQ(rest, std::vector(whole.batches.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                  whole.batches.end()))
          << "behind batch " << i;
    }
  }
}

TEST_F(PageLoaderTest, RanksHaveDifferentPages) {
  std::multiset<std::string> pages;
  for (std::uint64_t rank = 0; rank < 3; ++rank)
    for (const auto& batch : read(config_, nullptr, rank, 3).batches)
      pages.insert(batch.begin(), batch.end());
  EXPECT_EQ(pages.size(), 32u);
  EXPECT_EQ(pages.count("page-4 0"), 1u);
}

// Worlds of these sizes one after another; rank r of each takes `batches` + r batches, so that none
// stands where the others do, and those of the last all that is left.
TEST_F(PageLoaderTest, EveryPageComesOnceWhenTheWorldChanges) {
  write("bad.h5", 200, 9, 204);
  config_.sources.push_back({path("bad.h5"), 4});
  config_.max_bad = 2;
  config_.batch_size = 2;
  std::multiset<std::string> all;
  for (const auto& batch : read(config_).batches) all.insert(batch.begin(), batch.end());
  ASSERT_EQ(all.size(), 2u * (11 + 5 + 9 - 1));
  for (const std::vector<std::uint64_t>& worlds : std::vector<std::vector<std::uint64_t>>{
           {2, 1}, {1, 2}, {2, 3}, {3, 2}, {3, 1, 2}, {2, 2, 1}})
    for (const std::vector<std::uint64_t>& buckets :
         {std::vector<std::uint64_t>{}, std::vector<std::uint64_t>{80, 82, 84, 86, 88}})
      for (const std::size_t batches : {0u, 1u, 3u}) {
        config_.buckets = buckets;
        std::multiset<std::string> pages;
        std::vector<LoaderState> states;
        for (std::size_t i = 0; i < worlds.size(); ++i) {
          std::vector<LoaderState> next;
          for (std::uint64_t rank = 0; rank < worlds[i]; ++rank) {
            const bool last = i + 1 == worlds.size();
            const Seen seen =
                read(config_,
                     LoaderOptions{.seed = 7, .rank = rank, .world = worlds[i], .states = states},
                     last ? SIZE_MAX : batches + rank + 1);
            for (const auto& batch : seen.batches) pages.insert(batch.begin(), batch.end());
            if (!seen.states.empty())
              next.push_back(LoaderState::from_json(seen.states.back().to_json()));
          }
          ASSERT_TRUE(next.size() == worlds[i] || i + 1 == worlds.size());
          states = next;
        }
        EXPECT_EQ(pages, all) << testing::PrintToString(worlds) << ", " << buckets.size()
                              << " buckets, " << batches << " batches";
      }
}

TEST_F(PageLoaderTest, ARankOfTheSameWorldGoesOnWithItsOwnBatches) {
  config_.buckets = {80, 84};
  const Seen first = read(config_, nullptr, 0, 2), second = read(config_, nullptr, 1, 2);
  const LoaderOptions options{
      .seed = 7, .rank = 1, .world = 2, .states = {first.states[3], second.states[2]}};
  EXPECT_EQ(read(config_, options).batches,
            std::vector(second.batches.begin() + 3, second.batches.end()));
}

// Pages that wait for the first batch are more than one batch here; a run that is stopped again
// before they are used up does not lose them.
TEST_F(PageLoaderTest, GoesOnBehindAnyBatchOfAnotherWorld) {
  config_.buckets = {80, 82, 84, 86, 88};
  std::vector<LoaderState> states;
  for (std::uint64_t rank = 0; rank < 3; ++rank)
    states.push_back(read(config_, nullptr, rank, 3).states[1]);
  const LoaderOptions options{.seed = 7, .states = states};
  const Seen whole = read(config_, options);
  ASSERT_GT(whole.batches.size(), 4u);
  EXPECT_GT(whole.states[0].waiting.size(), 2u);
  for (std::size_t i = 0; i < whole.batches.size(); ++i)
    EXPECT_EQ(read(config_, &whole.states[i]).batches,
              std::vector(whole.batches.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                          whole.batches.end()))
        << "behind batch " << i;
}

TEST_F(PageLoaderTest, BadPagesAreLeftOutWithinTheBudget) {
  write("bad.h5", 200, 4, 202);
  config_.sources = {{path("bad.h5")}};
  EXPECT_NE(test::thrown_message([&] { read(config_); }).find("page-202"), std::string::npos);
  config_.max_bad = 2;
  const Seen seen = read(config_);
  ASSERT_EQ(seen.bad.size(), 2u);  // once in each epoch
  EXPECT_NE(seen.bad[0].find("page-202"), std::string::npos) << seen.bad[0];
  EXPECT_EQ(seen.batches.size(), 2u);
  config_.max_bad = 1;
  EXPECT_NE(test::thrown_message([&] { read(config_); }).find("more than 1 bad pages"),
            std::string::npos);
}

TEST_F(PageLoaderTest, NamesWhatCannotBeUsed) {
  LoaderConfig none = config_;
  none.sources[0].file = path("none.h5");
  EXPECT_NE(test::thrown_message([&] { PageLoader(none, tokenizer()); }).find("none.h5"),
            std::string::npos);
  LoaderState state;
  state.order.of_source = {5};
  EXPECT_NE(test::thrown_message([&] {
              PageLoader(config_, tokenizer(), {.states = {state}});
            }).find("a state of 1 sources, and there are 2"),
            std::string::npos);
  state.order.of_source = {3, 2};
  state.waiting = {{0, 11, 0, 0}};
  EXPECT_NE(test::thrown_message([&] {
              PageLoader(config_, tokenizer(), {.states = {state}});
            }).find("a state of other stores"),
            std::string::npos);
  EXPECT_THROW(LoaderState::from_json({{"draws", 1}}), DataError);
}

TEST_F(PageLoaderTest, IsConfiguredByAFile) {
  const auto config =
      configs::read_config<LoaderConfig>({{"sources", {{{"file", "a.h5"}, {"weight", 2.5}}}},
                                          {"mode", "gundam"},
                                          {"buckets", {5, 9}}});
  EXPECT_EQ(config.sources[0].weight, 2.5);
  EXPECT_EQ(config.mode, configs::VisionMode::kGundam);
  EXPECT_EQ(config.buckets, (std::vector<std::uint64_t>{5, 9}));
}

}  // namespace
}  // namespace dsocr::data
