#include "data/corpora/texts.h"

#include <gtest/gtest.h>

#include "data/error.h"
#include "data/hdf5/page_store_writer.h"
#include "tests/data/store_pages.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"

namespace dsocr::data {
namespace {

TEST(Texts, ReadsFilesFoldersRecordsAndStores) {
  const test::TempDir dir;
  std::filesystem::create_directories(dir.path() / "folder/inner");
  const auto file = dir.write("folder/b.txt", "b");
  dir.write("folder/inner/a.md", "a");
  dir.write("folder/c.rst", "not read");
  const auto records = dir.write("records.jsonl", "{\"text\": \"one\"}\n{\"text\": \"two\"}\n");
  const auto store = dir.path() / "pages.h5";
  PageStoreWriter writer(store, {});
  for (int i = 0; i < 2; ++i) writer.add(test::make_page(i), static_cast<std::uint64_t>(i));
  writer.finish();

  const Texts texts({dir.path() / "folder", records, store, file});
  ASSERT_EQ(texts.size(), 7u);
  const auto pair = [&](std::size_t i) { return texts.name(i) + "|" + texts.text(i); };
  EXPECT_EQ(pair(0), file.string() + "|b");
  EXPECT_EQ(pair(1), (dir.path() / "folder/inner/a.md").string() + "|a");
  EXPECT_EQ(pair(3), records.string() + ": record 2|two");
  EXPECT_EQ(pair(5), store.string() + ": sample 'page-1'|" + test::make_page(1).text);
  EXPECT_EQ(pair(6), file.string() + "|b");
}

TEST(Texts, SourcesThatAreNoTextsAreNamed) {
  const test::TempDir dir;
  const std::string folder = dir.path().string();
  const auto message = [](const std::filesystem::path& source) {
    return test::thrown_message([&] { const Texts texts({source}); });
  };
  EXPECT_EQ(message(folder + "/none.txt"), folder + "/none.txt: is not there");
  EXPECT_EQ(message(folder), folder + ": has no *.txt or *.md in it");
  const auto records = dir.write("a.jsonl", "{\"words\": \"one\"}\n");
  EXPECT_EQ(message(records).find(records.string()), 0u) << message(records);
}

}  // namespace
}  // namespace dsocr::data
