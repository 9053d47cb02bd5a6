#include "data/corpora/pack.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "data/corpora/corpora.h"
#include "data/error.h"
#include "data/hdf5/export.h"
#include "data/hdf5/page_store.h"
#include "tests/data/store_pages.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"

namespace dsocr::data {
namespace {

using test::bytes_of;
using test::expect_equal;
using test::make_page;

class PackTest : public testing::Test {
 protected:
  static WriterOptions options(bool resume = false) {
    return {.source = "test", .provenance = {}, .resume = resume};
  }
  void write(const std::filesystem::path& file, int count) const {
    PageStoreWriter writer(file, options());
    for (int i = 0; i < count; ++i) writer.add(make_page(i), static_cast<std::uint64_t>(i));
    writer.finish();
  }
  test::TempDir dir_;
  const std::filesystem::path file_ = dir_.path() / "a.h5";
};

// Pages of which some are bad and some are twins.
class TestCorpus : public Corpus {
 public:
  size_t size() const override { return 60; }
  std::string id(size_t index) const override { return make_page(static_cast<int>(index)).id; }
  Page page(size_t index) const override {
    // Later pages are ready sooner.
    std::this_thread::sleep_for(std::chrono::microseconds(60 - index) * 20);
    Page page = make_page(static_cast<int>(index));
    page.width = page.height = 0;
    if (index == 20) page.image = "no image";
    if (index == 30) page.image = make_page(3).image;
    if (index == 40) throw DataError("", page.id, "cannot be read", /*recoverable=*/true);
    return page;
  }
};

TEST_F(PackTest, PackKeepsTheOrderForAnyNumberOfThreads) {
  std::string first;
  for (const size_t threads : {1u, 2u, 7u}) {
    const auto file = dir_.path() / (std::to_string(threads) + ".h5");
    PageStoreWriter writer(file, options());
    size_t seen = 0;
    const PackResult result =
        pack(TestCorpus(), writer,
             {.threads = threads, .max_bad = 2, .language = "fr", .progress = [&] { ++seen; }});
    EXPECT_EQ(result.added, 57u);
    EXPECT_EQ(result.duplicates, 1u);
    ASSERT_EQ(result.bad.size(), 2u);
    EXPECT_NE(result.bad[0].find("page-20"), std::string::npos) << result.bad[0];
    EXPECT_EQ(result.bad[1], "sample 'page-40': cannot be read");
    EXPECT_EQ(seen, 60u);
    writer.finish();
    const PageStore store(file);
    EXPECT_EQ(store.page(7).width, make_page(7).width);
    EXPECT_EQ(store.page(8).language, "en");
    const std::string bytes = bytes_of(file);
    if (first.empty()) first = bytes;
    EXPECT_EQ(bytes, first) << threads;
  }
}

TEST_F(PackTest, PackEndsAtOneBadPageTooMany) {
  {
    PageStoreWriter writer(file_, options());
    EXPECT_NE(test::thrown_message([&] {
                pack(TestCorpus(), writer, {.threads = 2, .max_bad = 1});
              }).find("more than 1 bad pages, the last: sample 'page-40'"),
              std::string::npos);
  }
  PageStoreWriter writer(file_, options(true));
  EXPECT_EQ(writer.next_source_index(), 40u);
  // What the first run left out counts, or every resumption would have a budget of its own.
  EXPECT_THROW(pack(TestCorpus(), writer, {.max_bad = 1}), DataError);
  const PackResult result = pack(TestCorpus(), writer, {.max_bad = 2});
  EXPECT_EQ(result.added, 19u);
  EXPECT_EQ(result.duplicates, 1u);
  ASSERT_EQ(result.bad.size(), 2u);
  EXPECT_NE(result.bad[0].find("page-20"), std::string::npos) << result.bad[0];
}

TEST_F(PackTest, ExportWritesImagesAsTheyCame) {
  write(file_, 5);
  export_store(PageStore(file_), dir_.path() / "out");
  EXPECT_EQ(bytes_of(dir_.path() / "out" / "images" / "0000003.png"), make_page(3).image);
  const auto corpus = open_corpus("jsonl", dir_.path() / "out" / "pages.jsonl");
  ASSERT_EQ(corpus->size(), 5u);
  for (int i = 0; i < 5; ++i) {
    Page page = corpus->page(static_cast<size_t>(i));
    page.width = make_page(i).width;
    page.height = make_page(i).height;
    expect_equal(page, make_page(i));
  }
  EXPECT_THROW(export_store(PageStore(file_), dir_.path() / "out"), DataError);
}

}  // namespace
}  // namespace dsocr::data
