#include <gtest/gtest.h>

#include <filesystem>

#include "reports/files.h"
#include "tests/fuzz/targets.h"

namespace dsocr::test {
namespace {

// Once more what fuzzers found, so that it stays mended.
void feed_all(const std::string& folder, void (*feed)(std::string_view)) {
  size_t count = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(DSOCR_GOLDEN_DIR "/../fuzz/corpus/" + folder)) {
    feed(reports::read_file(entry.path()));
    ++count;
  }
  EXPECT_GT(count, 0u);
}

TEST(Corpus, MarkdownIsParsedOrRefused) { feed_all("markdown", feed_markdown); }
TEST(Corpus, TablesAreNormalisedOrRefused) { feed_all("table", feed_table); }
TEST(Corpus, FormulasAreNormalisedOrRefused) { feed_all("formula", feed_formula); }

}  // namespace
}  // namespace dsocr::test
