#include "data/hdf5/page_store.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <fstream>
#include <random>
#include <thread>

#include "data/error.h"
#include "data/hdf5/page_store_writer.h"
#include "data/hdf5/verify.h"
#include "tests/data/store_pages.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"

namespace dsocr::data {
namespace {

using test::bytes_of;
using test::expect_equal;
using test::make_page;

class PageStoreTest : public testing::Test {
 protected:
  WriterOptions options(bool resume = false) const {
    return {.source = "test",
            .provenance = {"dsocr test", "a command", "2026-01-01", "CC0"},
            .resume = resume};
  }
  void write(const std::filesystem::path& file, int count) const {
    PageStoreWriter writer(file, options());
    for (int i = 0; i < count; ++i)
      ASSERT_TRUE(writer.add(make_page(i), static_cast<std::uint64_t>(i)));
    writer.finish();
  }
  std::string refused(const Page& page) {
    PageStoreWriter writer(dir_.path() / "refused.h5", options(true));
    return test::thrown_message([&] { writer.add(page, 0); });
  }
  test::TempDir dir_;
  const std::filesystem::path file_ = dir_.path() / "a.h5";
};

TEST_F(PageStoreTest, GivesBackWhatWasWritten) {
  write(file_, 23);
  const PageStore store(file_);
  EXPECT_TRUE(store.finished());
  ASSERT_EQ(store.num_pages(), 23u);
  EXPECT_EQ(store.provenance().tool, "dsocr test");
  EXPECT_EQ(store.provenance().command, "a command");
  EXPECT_EQ(store.provenance().date, "2026-01-01");
  EXPECT_EQ(store.provenance().licence, "CC0");
  for (int i = 0; i < 23; ++i)
    expect_equal(store.page(static_cast<std::uint64_t>(i)), make_page(i));
  const PageRecord record = store.record(22);
  EXPECT_EQ(format_of(record), "png");
  EXPECT_EQ(record.source_index, 22u);
  EXPECT_NE(test::thrown_message([&] { store.record(23); }).find("has no page 23, only 23"),
            std::string::npos);
  EXPECT_TRUE(verify_store(store, 2).empty());
}

TEST_F(PageStoreTest, ImagesLieInTheFileWhereTheRecordSays) {
  write(file_, 3);
  const PageStore store(file_);
  const std::string bytes = bytes_of(file_);
  const PageRecord record = store.record(1);
  const std::uint64_t begin = store.layout().parts[index_of(Part::kImages)].offset;
  EXPECT_EQ(bytes.substr(begin + record.image_offset, record.image_bytes), make_page(1).image);
}

TEST_F(PageStoreTest, APageWithoutBlocksOrTextAndAStoreWithoutBlocks) {
  Page page = make_page(0);
  page.text = page.language = page.split = "";
  {
    PageStoreWriter writer(file_, options());
    writer.add(page, 0);
    writer.finish();
  }
  const PageStore store(file_);
  expect_equal(store.page(0), page);
  EXPECT_TRUE(verify_store(store, 1).empty());
}

TEST_F(PageStoreTest, ConfidenceMayBeUnknown) {
  Page page = make_page(1);
  page.blocks[0].confidence = NAN;
  {
    PageStoreWriter writer(file_, options());
    writer.add(page, 0);
    writer.finish();
  }
  EXPECT_TRUE(std::isnan(PageStore(file_).page(0).blocks[0].confidence));
}

TEST_F(PageStoreTest, TheSamePagesMakeTheSameBytes) {
  write(file_, 12);
  write(dir_.path() / "b.h5", 12);
  EXPECT_EQ(bytes_of(file_), bytes_of(dir_.path() / "b.h5"));
}

TEST_F(PageStoreTest, DropsAPageWithTheSameImage) {
  PageStoreWriter writer(file_, options());
  EXPECT_TRUE(writer.add(make_page(0), 0));
  Page twin = make_page(1);
  twin.image = make_page(0).image;
  EXPECT_FALSE(writer.add(twin, 1));
  EXPECT_EQ(writer.num_pages(), 1u);
}

TEST_F(PageStoreTest, RefusesPagesThatCannotBeStored) {
  Page page = make_page(1);
  page.image = "";
  EXPECT_EQ(refused(page), "sample 'page-1': has no image");
  page = make_page(1);
  page.text = "a\xFF";
  EXPECT_EQ(refused(page), "sample 'page-1': the text is not UTF-8 at byte 1");
  page = make_page(1);
  page.language = std::string(25, 'x');
  EXPECT_NE(refused(page).find("the language 'xxx"), std::string::npos);
  page = make_page(1);
  page.blocks[0].box = {10, 10, 5, 20};
  EXPECT_NE(refused(page).find("the box 10 10 5 20"), std::string::npos);
  page.blocks[0].box = {10, 10, 1000, 20};
  EXPECT_NE(refused(page).find("the box 10 10 1000 20"), std::string::npos);
  page = make_page(1);
  page.blocks[0].confidence = 1.5f;
  EXPECT_NE(refused(page).find("the confidence 1.5"), std::string::npos);
}

TEST_F(PageStoreTest, OneWriterAndNoFileInTheWay) {
  {
    PageStoreWriter first(file_, options());
    first.add(make_page(0), 0);
    EXPECT_NE(test::thrown_message([&] {
                PageStoreWriter(file_, options(true));
              }).find("is being written by another process"),
              std::string::npos);
  }
  EXPECT_NE(test::thrown_message([&] {
              PageStoreWriter(file_, options());
            }).find("was begun and not finished"),
            std::string::npos);
  WriterOptions other = options(true);
  other.source = "another";
  EXPECT_NE(test::thrown_message([&] {
              PageStoreWriter(file_, other);
            }).find("was begun from another source"),
            std::string::npos);
  PageStoreWriter(file_, options(true)).finish();
  EXPECT_NE(
      test::thrown_message([&] { PageStoreWriter(file_, options(true)); }).find("exists already"),
      std::string::npos);
}

TEST_F(PageStoreTest, AStoreWithoutPagesIsNotMade) {
  PageStoreWriter writer(file_, options());
  EXPECT_NE(test::thrown_message([&] { writer.finish(); }).find("has no pages"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(file_));
}

TEST_F(PageStoreTest, AnUnfinishedStoreOpensAndGoesOn) {
  write(dir_.path() / "whole.h5", 9);
  {
    PageStoreWriter writer(file_, options());
    for (int i = 0; i < 4; ++i) writer.add(make_page(i), static_cast<std::uint64_t>(i));
  }
  {
    const PageStore store(file_);
    EXPECT_FALSE(store.finished());
    ASSERT_EQ(store.num_pages(), 4u);
    expect_equal(store.page(3), make_page(3));
    EXPECT_TRUE(verify_store(store, 1).empty());
  }
  PageStoreWriter writer(file_, options(true));
  EXPECT_EQ(writer.next_source_index(), 4u);
  for (int i = 4; i < 9; ++i) writer.add(make_page(i), static_cast<std::uint64_t>(i));
  writer.finish();
  EXPECT_EQ(bytes_of(file_), bytes_of(dir_.path() / "whole.h5"));
  // Nothing is left beside the two stores.
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir_.path()), {}), 2);
}

// Whatever part of the last page's bytes reached the files, the pages before it are there.
TEST_F(PageStoreTest, ATornLastPageIsDropped) {
  const UnfinishedStore unfinished{file_};
  write(dir_.path() / "whole.h5", 6);
  for (const Part part : kAllParts)
    for (const int cut : {1, 3, 20}) {
      unfinished.remove();
      std::filesystem::remove(file_);
      {
        PageStoreWriter writer(file_, options());
        for (int i = 0; i < 6; ++i) writer.add(make_page(i), static_cast<std::uint64_t>(i));
      }
      const auto torn = unfinished.part(part);
      std::filesystem::resize_file(torn,
                                   std::filesystem::file_size(torn) - static_cast<size_t>(cut));
      EXPECT_EQ(PageStore(file_).num_pages(), 5u) << torn << " " << cut;
      PageStoreWriter writer(file_, options(true));
      ASSERT_EQ(writer.next_source_index(), 5u);
      writer.add(make_page(5), 5);
      writer.finish();
      EXPECT_EQ(bytes_of(file_), bytes_of(dir_.path() / "whole.h5")) << torn << " " << cut;
    }
}

// Another process writes and is killed at some moment, thirty times; then one ends in peace.
TEST_F(PageStoreTest, KilledWritersLoseNothingThatWasWhole) {
  constexpr int kPages = 400;
  write(dir_.path() / "whole.h5", kPages);
  const auto write_all = [&] {
    PageStoreWriter writer(file_, options(true));
    for (auto i = static_cast<int>(writer.next_source_index()); i < kPages; ++i)
      writer.add(make_page(i), static_cast<std::uint64_t>(i));
    writer.finish();
  };
  std::mt19937_64 random(5);
  std::uint64_t before = 0;
  for (int round = 0; round < 30 && !std::filesystem::exists(file_); ++round) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      try {
        write_all();
      } catch (...) {
        _exit(1);
      }
      _exit(0);
    }
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 15'000));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_FALSE(WIFEXITED(status) && WEXITSTATUS(status) != 0);
    if (!UnfinishedStore{file_}.exists() && !std::filesystem::exists(file_)) continue;
    const PageStore store(file_);
    EXPECT_GE(store.num_pages(), before);
    before = store.num_pages();
    EXPECT_TRUE(verify_store(store, 1).empty());
  }
  if (!std::filesystem::exists(file_)) write_all();
  EXPECT_EQ(bytes_of(file_), bytes_of(dir_.path() / "whole.h5"));
}

TEST_F(PageStoreTest, CutShortIsRefusedOrNamed) {
  write(file_, 8);
  const std::string bytes = bytes_of(file_);
  for (size_t size = 0; size < bytes.size(); size += 997) {
    const auto cut = dir_.write("cut.h5", bytes.substr(0, size));
    EXPECT_THROW(PageStore{cut}, DataError) << size;
  }
}

TEST_F(PageStoreTest, EveryFlippedByteThatMattersIsFound) {
  write(file_, 8);
  const std::string bytes = bytes_of(file_);
  const StoreLayout layout = PageStore(file_).layout();
  const auto problems_after_flip = [&](std::uint64_t at) -> size_t {
    std::string other = bytes;
    other[at] = static_cast<char>(other[at] ^ 0x40);
    const auto flipped = dir_.write("flipped.h5", other);
    try {
      return verify_store(PageStore(flipped), 1).size();
    } catch (const DataError&) {
      return 1;
    }
  };
  for (const Part part : kAllParts) {
    const Extent& extent = layout.parts[index_of(part)];
    for (std::uint64_t at = 0; at < extent.count * element_bytes(part); at += 61)
      EXPECT_GE(problems_after_flip(extent.offset + at), 1u) << index_of(part) << " " << at;
  }
  // Of HDF5's own bytes some are slack; none may bring the program down.
  for (std::uint64_t at = 0; at < layout.parts[0].offset; at += 7) problems_after_flip(at);
}

TEST_F(PageStoreTest, OtherFilesAreRefused) {
  const auto message = [&](const std::filesystem::path& file) {
    return test::thrown_message([&] { PageStore{file}; });
  };
  EXPECT_NE(message(dir_.path() / "none.h5").find("cannot open"), std::string::npos);
  EXPECT_NE(message(dir_.write("text.h5", "hello")).find("is not an HDF5 file"), std::string::npos);
  EXPECT_NE(message(dir_.path()).find(dir_.path().string()), std::string::npos);
}

TEST_F(PageStoreTest, ManyThreadsReadAtOnce) {
  write(file_, 50);
  const PageStore store(file_);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = t; i < 200; ++i)
        EXPECT_EQ(store.page(static_cast<std::uint64_t>(i % 50)).text, make_page(i % 50).text);
    });
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace dsocr::data
