#include "data/records.h"

#include <gtest/gtest.h>

#include "data/error.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"

namespace dsocr::data {
namespace {

using test::thrown_message;

class Records : public testing::Test {
 protected:
  std::string message(std::string_view content, const std::string& member = "") {
    file_ = dir_.write("records.json", content);
    return thrown_message([&] { read_records(file_, member); });
  }
  std::vector<Record> read(std::string_view content, const std::string& member = "") {
    return read_records(dir_.write("records.json", content), member);
  }
  test::TempDir dir_;
  std::filesystem::path file_ = dir_.path() / "records.json";
};

TEST_F(Records, ReadsArraysAndLines) {
  for (const char* content : {R"([{"a": "x"}, {"a": "y"}])", "{\"a\": \"x\"}\n\n{\"a\": \"y\"}\r\n",
                              "\n {\"a\":\"x\"}\n{\"a\":\"y\"}"}) {
    const auto records = read(content);
    ASSERT_EQ(records.size(), 2u) << content;
    EXPECT_EQ(records[0].string("a"), "x");
    EXPECT_EQ(records[1].string("a"), "y");
  }
}

TEST_F(Records, SkipsAByteOrderMark) {
  EXPECT_EQ(read("\xEF\xBB\xBF[{\"a\": \"x\"}]").size(), 1u);
  EXPECT_EQ(read("\xEF\xBB\xBF{\"a\": \"x\"}\n").size(), 1u);
}

TEST_F(Records, ReadsTheListInsideAnObject) {
  const char* wrapped = R"({"versions": {}, "pairs": [{"a": "x"}]})";
  EXPECT_EQ(read(wrapped, "pairs").size(), 1u);
  // One object without that list is a file of one line.
  EXPECT_EQ(read(R"({"a": "x"})", "pairs")[0].string("a"), "x");
  EXPECT_EQ(read("{\"a\": \"x\"}\n{\"a\": \"y\"}\n", "pairs").size(), 2u);
}

TEST_F(Records, SayWhatIsWrongWithTheFile) {
  EXPECT_EQ(thrown_message([] { read_records("/nowhere/x.json"); }),
            "/nowhere/x.json: cannot open: No such file or directory");
  EXPECT_EQ(thrown_message([] { read_records("/tmp"); }), "/tmp: is a folder, not a file");
  EXPECT_EQ(thrown_message([] { read_records("/dev/null"); }),
            "/dev/null: is not a regular file; it is read twice");
  EXPECT_EQ(message(" \n"), file_.string() + ": is empty");
  EXPECT_EQ(message("[]"), file_.string() + ": holds no records");
  EXPECT_EQ(message("[1]"),
            file_.string() + ": sample 'record 1': is of type number, not an object");
  EXPECT_EQ(message("[{\"a\": \"x\"},"), file_.string() + ": JSON ends too early at byte 13");
}

TEST_F(Records, PointAtInvalidUtf8) {
  EXPECT_EQ(message("[{\"a\": \"x\xff\"}]"), file_.string() + ": invalid UTF-8 at byte 10");
  EXPECT_EQ(message("{\"a\": \"x\"}\n{\"a\": \"\xc3(\"}\n"),
            file_.string() + ": sample 'line 2': invalid UTF-8 at byte 20");
}

TEST_F(Records, PointAtBrokenLines) {
  const std::string text = message("{\"a\": \"x\"}\n{\"a\": }\n");
  EXPECT_NE(text.find("sample 'line 2': not JSON at byte 18"), std::string::npos) << text;
}

TEST_F(Records, NameTheFieldThatIsWrong) {
  const auto records = read(R"([{"a": 1, "n": "x", "z": null}])");
  EXPECT_NE(thrown_message([&] { records[0].string("b"); }).find("'record 1': has no field 'b'"),
            std::string::npos);
  EXPECT_NE(thrown_message([&] {
              records[0].string("a");
            }).find("field 'a' is of type number, not a string"),
            std::string::npos);
  EXPECT_NE(thrown_message([&] {
              records[0].optional_number("n");
            }).find("field 'n' is of type string, not a number"),
            std::string::npos);
  EXPECT_EQ(records[0].optional_number("a"), 1);
  EXPECT_EQ(records[0].optional_number("z"), std::nullopt);
  EXPECT_EQ(records[0].optional_number("missing"), std::nullopt);
}

}  // namespace
}  // namespace dsocr::data
