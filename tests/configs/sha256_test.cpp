#include "configs/sha256.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/support/temp_dir.h"

namespace dsocr::configs {
namespace {

TEST(Sha256, MatchesTheStandardsExamples) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, HashesAFileOfSeveralBuffersLikeItsBytes) {
  const test::TempDir dir;
  std::string bytes;
  for (int i = 0; i < 2'500'000; ++i) bytes += static_cast<char>(i * 31 % 251);
  EXPECT_EQ(sha256_file(dir.write("big", bytes)), sha256_hex(bytes));
  EXPECT_EQ(sha256_file(dir.write("empty", "")), sha256_hex(""));
}

TEST(Sha256, NamesTheFileThatCannotBeRead) {
  const test::TempDir dir;
  for (const auto& file : {dir.path() / "none", dir.path()}) {
    try {
      sha256_file(file);
      FAIL() << "hashed " << file;
    } catch (const std::runtime_error& error) {
      EXPECT_NE(std::string(error.what()).find(file.string()), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace dsocr::configs
