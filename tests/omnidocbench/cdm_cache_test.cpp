#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "configs/scratch_folder.h"
#include "eval/omnidocbench/cdm/cache.h"

namespace dsocr::omnidocbench::cdm {
namespace {

using Entries = std::vector<std::pair<std::string, CachedFormula>>;

TypesetFormula formula_of(int width) {
  return {width, 20, {{"\\frac", Box{-1, 2, 3, 4}}, {"é", std::nullopt}}};
}

TEST(CdmCache, KeepsFormulasInItsFile) {
  const configs::ScratchFolder folder;
  const auto file = folder.path() / "boxes.sqlite";
  const CachedFormula formula = formula_of(7);
  {
    BoxCache cache(file);
    EXPECT_FALSE(cache.find("a"));
    cache.store(Entries{{"a", formula}, {"b", std::nullopt}});
  }
  BoxCache cache(file);
  EXPECT_EQ(cache.find("a"), formula);
  const auto none = cache.find("b");
  ASSERT_TRUE(none);
  EXPECT_FALSE(*none);
  EXPECT_FALSE(cache.find("c"));
}

TEST(CdmCache, KeysDependOnEverything) {
  const auto key = BoxCache::key(Version::k17, "x", "tex 1");
  EXPECT_EQ(key.size(), 64u);
  EXPECT_EQ(key, BoxCache::key(Version::k17, "x", "tex 1"));
  EXPECT_NE(key, BoxCache::key(Version::k15, "x", "tex 1"));
  EXPECT_NE(key, BoxCache::key(Version::k17, "y", "tex 1"));
  EXPECT_NE(key, BoxCache::key(Version::k17, "x", "tex 2"));
}

TEST(CdmCache, IsSharedByManyWriters) {
  const configs::ScratchFolder folder;
  const auto file = folder.path() / "boxes.sqlite";
  constexpr int kWriters = 4, kEntries = 20;
  {
    std::vector<std::jthread> threads;
    for (int writer = 0; writer < kWriters; ++writer) {
      threads.emplace_back([&file, writer] {
        BoxCache cache(file);
        for (int i = 0; i < kEntries; ++i)
          cache.store(Entries{{std::to_string(writer) + "-" + std::to_string(i), formula_of(i)}});
      });
    }
  }
  BoxCache cache(file);
  for (int writer = 0; writer < kWriters; ++writer) {
    for (int i = 0; i < kEntries; ++i)
      EXPECT_EQ(cache.find(std::to_string(writer) + "-" + std::to_string(i)),
                CachedFormula(formula_of(i)));
  }
}

TEST(CdmCache, SaysWhatIsWrongWithItsFile) {
  const configs::ScratchFolder folder;
  EXPECT_THROW(BoxCache(folder.path() / "no" / "folder.sqlite"), std::runtime_error);
  std::ofstream(folder.path() / "text.sqlite") << std::string(5000, 'x');
  EXPECT_THROW(BoxCache(folder.path() / "text.sqlite"), std::runtime_error);
}

}  // namespace
}  // namespace dsocr::omnidocbench::cdm
