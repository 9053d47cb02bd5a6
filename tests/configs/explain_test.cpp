#include "configs/explain.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/configs/sample_config.h"

namespace dsocr::configs {
namespace {

FieldDoc find_doc(const std::string& path) {
  for (const FieldDoc& doc : explain_config<SampleConfig>()) {
    if (doc.path == path) return doc;
  }
  ADD_FAILURE() << "no field " << path;
  return {};
}

TEST(Explain, ExpandsNestedStructsInOrder) {
  std::vector<std::string> paths;
  for (const FieldDoc& doc : explain_config<SampleConfig>()) paths.push_back(doc.path);
  EXPECT_EQ(paths, (std::vector<std::string>{"steps", "shuffle", "schedule", "schedule.peak",
                                             "schedule.warmup", "clip", "edges", "runs",
                                             "runs[].mode", "runs[].num_pages", "runs[].name"}));
}

TEST(Explain, DescribesEachField) {
  const FieldDoc steps = find_doc("steps");
  EXPECT_EQ(steps.type, "integer");
  EXPECT_EQ(steps.default_json, "100");
  EXPECT_EQ(steps.doc, "optimizer steps");
  EXPECT_EQ(steps.constraint, ">= 1 and <= 1000");
  EXPECT_TRUE(steps.allowed.empty());

  const FieldDoc mode = find_doc("runs[].mode");
  EXPECT_EQ(mode.type, "name");
  EXPECT_EQ(mode.default_json, "");
  EXPECT_EQ(mode.constraint, "required");
  EXPECT_EQ(mode.allowed, (std::vector<std::string>{"tiny", "small", "base", "large", "gundam",
                                                    "gundam_m", "p128", "p192", "p256", "p320"}));

  EXPECT_EQ(find_doc("schedule").type, "object");
  EXPECT_EQ(find_doc("schedule").default_json, "");
  EXPECT_EQ(find_doc("schedule.peak").default_json, "0.25");  // of the outer struct
  EXPECT_EQ(find_doc("schedule.peak").constraint, "> 0 and <= 1");
  EXPECT_EQ(find_doc("clip").type, "number or null");
  EXPECT_EQ(find_doc("clip").default_json, "null");
  EXPECT_EQ(find_doc("edges").type, "list of number");
  EXPECT_EQ(find_doc("edges").default_json, "[0.5,1.0]");
  EXPECT_EQ(find_doc("runs").type, "list of object");
  EXPECT_EQ(find_doc("runs[].num_pages").type, "non-negative integer");
  EXPECT_EQ(find_doc("runs[].name").constraint, "length >= 1");
}

TEST(Explain, WritesFractionalBounds) {
  EXPECT_EQ(bounds_text({.max = 0.001, .above = -2}), "> -2 and <= 0.001");
  EXPECT_EQ(bounds_text({}), "");
}

TEST(Explain, AlignsTheTable) {
  const std::vector<FieldDoc> docs{{.path = "a",
                                    .type = "name",
                                    .default_json = "\"\xc3\xa9\"",
                                    .doc = "first",
                                    .constraint = "required",
                                    .allowed = {"x", "y"}},
                                   {.path = "long.path",
                                    .type = "integer",
                                    .default_json = "1",
                                    .doc = "second",
                                    .constraint = "",
                                    .allowed = {}}};
  EXPECT_EQ(render_field_table(docs),
            "FIELD      TYPE     DEFAULT  MEANING\n"
            "a          name     \"\xc3\xa9\"      first (required) [x | y]\n"
            "long.path  integer  1        second\n");
}

}  // namespace
}  // namespace dsocr::configs
