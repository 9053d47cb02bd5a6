#include "reports/run_dir.h"

#include <gtest/gtest.h>

#include <set>

#include "reports/files.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"

namespace dsocr::reports {
namespace {

TEST(RunDir, MakesTheFolderAndItsParents) {
  const test::TempDir dir;
  const RunDir run(dir.path() / "a" / "b", "x");
  run.write_json("r.json", {{"b", 1}, {"a", 2}});
  EXPECT_EQ(read_file(run.file("r.json")), "{\n  \"b\": 1,\n  \"a\": 2\n}\n");
}

TEST(RunDir, ATrailingSlashMakesNoDifference) {
  const test::TempDir dir;
  const RunDir run(dir.path().string() + "/a/", "x");
  EXPECT_EQ(run.path(), dir.path() / "a");
  EXPECT_THROW(RunDir(dir.path().string() + "/a/", "x"), std::runtime_error);
}

TEST(RunDir, NeverWritesOverAnother) {
  const test::TempDir dir;
  EXPECT_EQ(test::thrown_message([&] { RunDir(dir.path(), "x"); }),
            "output folder " + dir.path().string() + " exists already; name another with --out");
}

TEST(RunDir, DefaultNamesNeverCollide) {
  const test::TempDir dir;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(dir.path());
  std::set<std::filesystem::path> paths;
  for (int i = 0; i < 3; ++i) paths.insert(RunDir({}, "x").path());
  std::filesystem::current_path(before);
  EXPECT_EQ(paths.size(), 3u);
  for (const auto& path : paths) EXPECT_EQ(path.parent_path(), "runs/x");
}

TEST(RunDir, SaysWhyItCannotBeMade) {
  EXPECT_EQ(test::thrown_message([] { RunDir("/dev/null/run", "x"); }),
            "cannot make output folder /dev/null/run: Not a directory");
}

}  // namespace
}  // namespace dsocr::reports
