#include "data/label/label_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "data/error.h"
#include "data/label/labels_json.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"

namespace dsocr::data {
namespace {

const LabellerInfo kEngine{"tesseract:eng", "5.3.0", {{"eng.traineddata", "ab12"}}};

LabelResult result(const std::string& text) {
  LabelLine line{.text = text, .box = {0.1F, 2, 30.25F, 9}, .confidence = 0.3F};
  line.words = {{.begin = 0, .end = text.size(), .box = line.box, .confidence = 1.0F / 3}};
  return {.labels = {{{.category = "title", .box = line.box, .confidence = 1, .lines = {line}}}},
          .seconds = 0.125};
}

std::string content(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

TEST(LabelFile, GivesBackWhatWasAdded) {
  const test::TempDir dir;
  const auto path = dir.path() / "a.jsonl";
  {
    LabelFile file(path, kEngine, "store-1");
    EXPECT_EQ(file.num_pages(), 0u);
    file.add(result("a \"quoted\" line"));
    file.add({.seconds = 60, .failure = "took more than 60 s"});
    file.add({.labels = {}, .seconds = 0.5});
    EXPECT_EQ(num_failed(file), 1u);
  }
  const LabelFile file(path);
  EXPECT_EQ(file.labeller(), kEngine);
  EXPECT_EQ(file.store(), "store-1");
  ASSERT_EQ(file.num_pages(), 3u);
  EXPECT_EQ(file.result(0), result("a \"quoted\" line"));
  EXPECT_EQ(file.result(1).failure, "took more than 60 s");
  EXPECT_TRUE(file.result(2).labels.regions.empty());
  EXPECT_NE(test::thrown_message([&] { file.result(3); }).find("page 3': is not labelled yet"),
            std::string::npos);
}

// A process may be killed at any byte of a line.
TEST(LabelFile, GoesOnBehindTheLastWholeLine) {
  const test::TempDir dir;
  const auto path = dir.path() / "a.jsonl";
  {
    LabelFile file(path, kEngine, "store-1");
    file.add(result("one"));
    file.add(result("two"));
  }
  const std::string whole = content(path);
  const std::size_t first_two = whole.find('\n', whole.find('\n') + 1) + 1;
  for (std::size_t length = first_two; length < whole.size(); length += 7) {
    dir.write("a.jsonl", whole.substr(0, length));
    LabelFile file(path, kEngine, "store-1");
    ASSERT_EQ(file.num_pages(), 1u) << length;
    file.add(result("two"));
    ASSERT_EQ(content(path), whole) << length;
  }
}

TEST(LabelFile, RefusesWhatItCannotGoOnWith) {
  const test::TempDir dir;
  const auto path = dir.path() / "a.jsonl";
  { const LabelFile file(path, kEngine, "store-1"); }
  EXPECT_EQ(test::thrown_message([&] { LabelFile(path, kEngine, "store-2"); }),
            path.string() + ": has labels of another store");
  LabellerInfo newer = kEngine;
  newer.version = "5.4.0";
  EXPECT_NE(test::thrown_message([&] { LabelFile(path, newer, "store-1"); }).find("5.4.0"),
            std::string::npos);
  const LabelFile open(path, kEngine, "store-1");
  EXPECT_EQ(test::thrown_message([&] { LabelFile(path, kEngine, "store-1"); }),
            path.string() + ": another process adds to these labels");
  for (const char* bad : {"x", "x\n", "{}\n", "{\"format\":\"dsocr labels\",\"version\":2}\n"})
    EXPECT_NE(test::thrown_message([&] {
                LabelFile(dir.write("bad.jsonl", bad));
              }).find("is no label file of version 1"),
              std::string::npos)
        << bad;
}

TEST(LabelsJson, RefusesWordsOutsideOfTheirText) {
  nlohmann::json labels = nlohmann::json(to_json(result("word").labels));
  EXPECT_EQ(labels_from_json(labels), result("word").labels);
  labels[0]["lines"][0]["words"][0][1] = 5;
  EXPECT_EQ(test::thrown_message([&] { labels_from_json(labels); }),
            "the words of a label lie outside of its text");
  labels[0]["lines"][0].erase("text");
  EXPECT_EQ(test::thrown_message([&] { labels_from_json(labels); }), "labels of another form");
}

}  // namespace
}  // namespace dsocr::data
