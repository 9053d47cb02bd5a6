#include "model/verify/verify.h"

#include <gtest/gtest.h>

#include "tests/support/read_json.h"

namespace dsocr::model {
namespace {

TEST(VerifyModel, TheGoldenFolderPasses) {
  const std::vector<Check> checks = verify_model(test::golden_dir() / "model");
  for (const Check& check : checks)
    EXPECT_TRUE(check.ok) << check.case_name << " " << check.name << ": " << check.max_abs << " "
                          << check.note;
  EXPECT_GT(checks.size(), 800u);
}

}  // namespace
}  // namespace dsocr::model
