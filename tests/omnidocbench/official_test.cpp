#include "eval/omnidocbench/official.h"

#include "tests/support/read_json.h"

namespace dsocr::omnidocbench {
namespace {

TEST(Official, EveryScorePageAndRowAgrees) {
  DSOCR_REQUIRE_SHARED("golden/omnidocbench/result");
  const auto comparisons = compare_with_official(test::shared_dir() / "golden/omnidocbench",
                                                 test::shared_dir() / "data/omnidocbench-demo");
  EXPECT_GE(comparisons.size(), 22u * 4);
  for (const OfficialComparison& comparison : comparisons) {
    EXPECT_EQ(comparison.num_different, 0u)
        << comparison.run << " " << comparison.element << ": " << comparison.first;
    EXPECT_LE(comparison.largest, 1e-9);
  }
}

}  // namespace
}  // namespace dsocr::omnidocbench
