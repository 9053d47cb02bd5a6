#include "configs/json_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/configs/sample_config.h"
#include "tests/support/temp_dir.h"

namespace dsocr::configs {
namespace {

std::string error_of(const std::string& text) {
  return config_error([&] { parse_json(text, "x.json"); });
}

TEST(JsonText, AllowsComments) {
  const auto value =
      parse_json("// why\n{\"a\": 1, // here\n /* and */ \"b\": \"//no\"}", "x.json");
  EXPECT_EQ(value, (nlohmann::json{{"a", 1}, {"b", "//no"}}));
}

TEST(JsonText, RefusesDuplicateKeysWithTheirPath) {
  EXPECT_EQ(error_of(R"({"lr": 1, "lr": 2})"), "config: lr: duplicate key, in x.json");
  EXPECT_EQ(error_of(R"({"runs": [{"a": 1}, [], {"b": {"c": 0, "d": 1, "c": 0}}]})"),
            "config: runs[2].b.c: duplicate key, in x.json");
  EXPECT_EQ(error_of(R"([{"a": 1}, {"a": 1}])"), "no error");
  EXPECT_EQ(error_of(R"({"a": {"b": 1}, "b": {"b": 1}})"), "no error");
}

TEST(JsonText, NamesLineAndColumnOfInvalidJson) {
  EXPECT_EQ(error_of("{\"a\": tru}").substr(0, 20), "config: x.json:1:10:");
  const std::string trailing = error_of("{\n  \"a\": 1,\n}");
  EXPECT_EQ(trailing.substr(0, 19), "config: x.json:3:1:");
  EXPECT_NE(trailing.find("expected string literal"), std::string::npos) << trailing;
  EXPECT_EQ(trailing.find("json.exception"), std::string::npos) << trailing;
  EXPECT_EQ(error_of("{\"a\": 1} 2").substr(0, 20), "config: x.json:1:10:");
  EXPECT_EQ(error_of("").substr(0, 19), "config: x.json:1:1:");
  EXPECT_NE(error_of("{\"a\": NaN}"), "no error");
}

TEST(JsonText, NamesLineAndColumnOfInvalidUtf8) {
  EXPECT_EQ(error_of("{\n \"a\": \"\xff\"}"), "config: x.json:2:8: invalid UTF-8");
  EXPECT_EQ(error_of("// \xc3\n1"), "config: x.json:1:4: invalid UTF-8");
}

TEST(JsonText, FindsInvalidUtf8) {
  EXPECT_EQ(find_invalid_utf8("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), std::nullopt);
  EXPECT_EQ(find_invalid_utf8("\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf"), std::nullopt);
  EXPECT_EQ(find_invalid_utf8(std::string_view("\0", 1)), std::nullopt);
  EXPECT_EQ(find_invalid_utf8("ab\x80"), 2u);            // lone continuation
  EXPECT_EQ(find_invalid_utf8("a\xe2\x82"), 1u);         // cut short
  EXPECT_EQ(find_invalid_utf8("\xe2\x28\xa1"), 0u);      // continuation missing
  EXPECT_EQ(find_invalid_utf8("\xc0\xaf"), 0u);          // overlong
  EXPECT_EQ(find_invalid_utf8("\xe0\x80\xaf"), 0u);      // overlong
  EXPECT_EQ(find_invalid_utf8("\xf0\x80\x80\xaf"), 0u);  // overlong
  EXPECT_EQ(find_invalid_utf8("\xed\xa0\x80"), 0u);      // surrogate
  EXPECT_EQ(find_invalid_utf8("\xf4\x90\x80\x80"), 0u);  // above U+10FFFF
}

TEST(JsonText, RefusesNumbersBeyondADouble) {
  EXPECT_EQ(error_of(R"({"a": [0, 1e999]})"), "config: a[1]: number too large, in x.json");
}

TEST(JsonText, NamesTheFileThatCannotBeRead) {
  const test::TempDir dir;
  const auto missing = dir.path() / "none.json";
  EXPECT_EQ(config_error([&] { read_json_file(missing); }),
            "config: cannot read " + missing.string());
  EXPECT_EQ(config_error([&] { read_json_file(dir.path()); }),
            "config: cannot read " + dir.path().string());
  const auto broken = dir.write("broken.json", "{");
  EXPECT_EQ(config_error([&] { read_json_file(broken); }).rfind("config: " + broken.string(), 0),
            0u);
  EXPECT_EQ(read_json_file(dir.write("good.json", "[1]")), nlohmann::json({1}));
}

TEST(JsonText, QuotesAmbiguousKeysInPaths) {
  EXPECT_EQ(member_path("", "a"), "a");
  EXPECT_EQ(member_path("a[1]", "b"), "a[1].b");
  EXPECT_EQ(member_path("a", "b.c"), "a[\"b.c\"]");
  EXPECT_EQ(member_path("a", ""), "a[\"\"]");
  EXPECT_EQ(element_path("a", 3), "a[3]");
}

}  // namespace
}  // namespace dsocr::configs
