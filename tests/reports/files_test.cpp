#include "reports/files.h"

#include <gtest/gtest.h>

#include "tests/support/file_size_limit.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"

namespace dsocr::reports {
namespace {

TEST(Files, WritesAndReadsBack) {
  const test::TempDir dir;
  write_file(dir.path() / "a.txt", "old");
  write_file(dir.path() / "a.txt", std::string("new\0bytes", 9));
  EXPECT_EQ(read_file(dir.path() / "a.txt"), std::string("new\0bytes", 9));
  // Nothing temporary is left beside it.
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir.path()), {}), 1);
}

TEST(Files, SayWhatCouldNotBeRead) {
  EXPECT_EQ(test::thrown_message([] { read_file("/nowhere/x.json"); }),
            "cannot read /nowhere/x.json: No such file or directory");
  EXPECT_EQ(test::thrown_message([] { read_file("/tmp"); }), "cannot read /tmp: Is a directory");
}

TEST(Files, SayWhatCouldNotBeWritten) {
  EXPECT_EQ(test::thrown_message([] { write_file("/nowhere/x.json", ""); }),
            "cannot write /nowhere/x.json: No such file or directory");
}

TEST(LineWriter, AppendsLines) {
  const test::TempDir dir;
  const auto file = dir.write("lines", "zero\n");
  LineWriter writer(file);
  writer.write("one");
  writer.write(std::string(200'000, 'x'));  // larger than the buffer
  writer.write("two");
  writer.close();
  EXPECT_EQ(read_file(file), "zero\none\n" + std::string(200'000, 'x') + "\ntwo\n");
}

TEST(ByteWriter, GoesOnWhereAFullDiskStoppedIt) {
  const test::TempDir dir;
  const auto file = dir.path() / "bytes";
  const std::string message = "cannot write " + file.string() + ": File too large";
  ByteWriter writer(file);
  writer.write(std::string(80'000, 'a'));
  {
    const test::FileSizeLimit limit(100'000);
    EXPECT_EQ(test::thrown_message([&] { writer.write(std::string(90'000, 'b')); }), message);
    EXPECT_EQ(std::filesystem::file_size(file), 100'000u);
    EXPECT_EQ(test::thrown_message([&] { writer.write("not taken"); }), message);
    EXPECT_EQ(test::thrown_message([&] { writer.flush(); }), message);
  }
  writer.write("c");
  writer.close();
  EXPECT_EQ(read_file(file), std::string(80'000, 'a') + std::string(90'000, 'b') + "c");
}

TEST(LineWriter, FullDiskIsAnErrorNotALoss) {
  LineWriter writer("/dev/full");
  writer.write("small lines stay in the buffer");
  EXPECT_EQ(test::thrown_message([&] { writer.close(); }),
            "cannot write /dev/full: No space left on device");
  LineWriter large("/dev/full");
  EXPECT_EQ(test::thrown_message([&] { large.write(std::string(100'000, 'x')); }),
            "cannot write /dev/full: No space left on device");
}

}  // namespace
}  // namespace dsocr::reports
