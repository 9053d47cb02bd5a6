#include "configs/seed.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>

namespace dsocr::configs {
namespace {

// Computed with Python: hashlib.sha256(struct.pack(">QQ", root, index) + stage).digest()[:8].
TEST(Seed, KeepsItsValuesForEver) {
  EXPECT_EQ(derive_seed(0, ""), 3983162290893594069u);
  EXPECT_EQ(derive_seed(42, "data.shuffle"), 195706643431253235u);
  EXPECT_EQ(derive_seed(42, "data.shuffle", 1), 2785335759919581505u);
  EXPECT_EQ(derive_seed(std::numeric_limits<std::uint64_t>::max(), "eval.bootstrap", 1ULL << 40),
            5683412379781944104u);
}

TEST(Seed, EveryPartMatters) {
  std::set<std::uint64_t> seeds;
  for (std::uint64_t root = 0; root < 10; ++root) {
    for (const char* stage : {"a", "b", "ab", ""}) {
      for (std::uint64_t index = 0; index < 10; ++index) {
        seeds.insert(derive_seed(root, stage, index));
      }
    }
  }
  EXPECT_EQ(seeds.size(), 400u);
}

}  // namespace
}  // namespace dsocr::configs
