#include "configs/json_reader.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>

#include "configs/json_writer.h"
#include "tests/configs/sample_config.h"

namespace dsocr::configs {
namespace {

SampleConfig read(const std::string& text) {
  return read_config<SampleConfig>(parse_json(text, "test"));
}

std::string error_of(const std::string& text) {
  return config_error([&] { read(text); });
}

TEST(JsonReader, ReadsEveryKindOfField) {
  const SampleConfig config = read(R"({
    "steps": 7, "shuffle": false, "schedule": {"peak": 1, "warmup": 3}, "clip": 2.5,
    "edges": [1, 2.5], "runs": [{"mode": "gundam_m", "num_pages": 18446744073709551615},
                               {"mode": "tiny", "name": "t"}]})");
  EXPECT_EQ(config.steps, 7);
  EXPECT_FALSE(config.shuffle);
  EXPECT_EQ(config.schedule.peak, 1.0);
  EXPECT_EQ(config.schedule.warmup, 3);
  EXPECT_EQ(config.clip, 2.5);
  EXPECT_EQ(config.edges, (std::vector<double>{1, 2.5}));
  ASSERT_EQ(config.runs.size(), 2u);
  EXPECT_EQ(config.runs[0].mode, VisionMode::kGundamM);
  EXPECT_EQ(config.runs[0].num_pages, std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(config.runs[1].mode, VisionMode::kTiny);
  EXPECT_EQ(config.runs[1].name, "t");
}

TEST(JsonReader, AbsentFieldsKeepTheStructsValues) {
  const SampleConfig config = read(R"({"schedule": {"warmup": 3}})");
  EXPECT_EQ(config.steps, 100);
  EXPECT_TRUE(config.shuffle);
  EXPECT_EQ(config.schedule.warmup, 3);
  EXPECT_EQ(config.edges, (std::vector<double>{0.5, 1}));
  EXPECT_EQ(config.clip, std::nullopt);
}

TEST(JsonReader, NullEmptiesAnOptionalOnly) {
  EXPECT_EQ(read(R"({"clip": null})").clip, std::nullopt);
  EXPECT_EQ(error_of(R"({"steps": null})"), "config: steps: expected integer, found null");
}

TEST(JsonReader, RefusesUnknownKeysAndNamesTheNearest) {
  EXPECT_EQ(error_of(R"({"stepz": 1})"), "config: stepz: unknown key, did you mean 'steps'?");
  EXPECT_EQ(error_of(R"({"schedule": {"peek": 1}})"),
            "config: schedule.peek: unknown key, did you mean 'peak'?");
  EXPECT_EQ(error_of(R"({"runs": [{"mode": "tiny"}, {"mode": "tiny", "nane": "x"}]})"),
            "config: runs[1].nane: unknown key, did you mean 'name'?");
  EXPECT_EQ(error_of(R"({"schedule": {"frequency": 1}})"),
            "config: schedule.frequency: unknown key, valid: peak, warmup");
  EXPECT_EQ(error_of(R"({"schedule.peak": 1})").substr(0, 27), "config: [\"schedule.peak\"]: ");
}

TEST(JsonReader, AMistypedKeyIsReportedBeforeTheRequiredOneItLeavesMissing) {
  EXPECT_EQ(error_of(R"({"runs": [{"mod": "tiny"}]})"),
            "config: runs[0].mod: unknown key, did you mean 'mode'?");
}

TEST(JsonReader, RefusesValuesOfAnotherKind) {
  EXPECT_EQ(error_of(R"({"steps": 3.9})"), "config: steps: expected integer, found number 3.9");
  EXPECT_EQ(error_of(R"({"steps": 3.0})"), "config: steps: expected integer, found number 3.0");
  EXPECT_EQ(error_of(R"({"steps": true})"), "config: steps: expected integer, found boolean true");
  EXPECT_EQ(error_of(R"({"steps": "1"})"), "config: steps: expected integer, found string \"1\"");
  EXPECT_EQ(error_of(R"({"shuffle": 1})"), "config: shuffle: expected boolean, found integer 1");
  EXPECT_EQ(error_of(R"({"clip": "2"})"), "config: clip: expected number, found string \"2\"");
  EXPECT_EQ(error_of(R"({"clip": false})"), "config: clip: expected number, found boolean false");
  EXPECT_EQ(error_of(R"({"edges": 1})"), "config: edges: expected list, found integer 1");
  EXPECT_EQ(error_of(R"({"edges": [1, "a"]})"),
            "config: edges[1]: expected number, found string \"a\"");
  EXPECT_EQ(error_of(R"({"schedule": []})"), "config: schedule: expected object, found array []");
  EXPECT_EQ(error_of(R"([1])"), "config: expected object, found array [1]");
  EXPECT_EQ(error_of(R"({"runs": [{"mode": "tiny", "num_pages": -1}]})"),
            "config: runs[0].num_pages: expected non-negative integer, found integer -1");
  EXPECT_EQ(error_of(R"({"runs": [{"mode": "tiny", "name": 5}]})"),
            "config: runs[0].name: expected string, found integer 5");
  EXPECT_EQ(error_of(R"({"runs": [{"mode": 5}]})"),
            "config: runs[0].mode: expected name (a string), found integer 5");
}

TEST(JsonReader, QuotesOnlyTheBeginningOfALongValue) {
  const std::string message = error_of("{\"steps\": \"" + std::string(500, 'x') + "\"}");
  EXPECT_LT(message.size(), 120u);
  EXPECT_EQ(message.substr(message.size() - 6), "xxx...");
}

TEST(JsonReader, RefusesValuesOutOfBounds) {
  EXPECT_EQ(error_of(R"({"steps": 0})"), "config: steps: must be >= 1 and <= 1000, found 0");
  EXPECT_EQ(error_of(R"({"steps": 1001})"), "config: steps: must be >= 1 and <= 1000, found 1001");
  EXPECT_EQ(error_of(R"({"schedule": {"peak": 0}})"),
            "config: schedule.peak: must be > 0 and <= 1, found 0");
  EXPECT_EQ(error_of(R"({"edges": [1, 10]})"), "config: edges[1]: must be < 10, found 10");
  EXPECT_EQ(error_of(R"({"runs": [{"mode": "tiny", "name": ""}]})"),
            "config: runs[0].name: length must be >= 1, found 0");
  EXPECT_EQ(read(R"({"steps": 1})").steps, 1);
  EXPECT_EQ(read(R"({"steps": 1000})").steps, 1000);
  EXPECT_EQ(read(R"({"schedule": {"peak": 1}})").schedule.peak, 1.0);
}

TEST(JsonReader, RefusesNumbersThatTheFieldCannotHold) {
  EXPECT_EQ(error_of(R"({"schedule": {"warmup": 3000000000}})"),
            "config: schedule.warmup: does not fit into 32 bits: 3000000000");
  EXPECT_EQ(error_of(R"({"steps": 18446744073709551615})"),
            "config: steps: does not fit into 64 bits: 18446744073709551615");
}

TEST(JsonReader, RefusesAMissingRequiredField) {
  EXPECT_EQ(error_of(R"({"runs": [{"mode": "tiny"}, {"num_pages": 3}]})"),
            "config: runs[1].mode: required, but missing");
}

TEST(JsonReader, RefusesUnknownEnumNames) {
  EXPECT_EQ(error_of(R"({"runs": [{"mode": "bass"}]})"),
            "config: runs[0].mode: unknown value \"bass\", did you mean 'base'?");
  EXPECT_EQ(error_of(R"({"runs": [{"mode": "enormous"}]})"),
            "config: runs[0].mode: unknown value \"enormous\", valid: tiny, small, base, large, "
            "gundam, gundam_m, p128, p192, p256, p320");
}

TEST(JsonReader, ErrorsCarryThePathWithAPrefix) {
  try {
    read_config<ScheduleConfig>(parse_json(R"({"peak": 2})", "test"), "train.schedule");
    FAIL() << "2 was accepted";
  } catch (const ConfigError& error) {
    EXPECT_EQ(error.path(), "train.schedule.peak");
  }
}

TEST(JsonReader, ReadsPositiveNumbersThatCodeStoredAsSigned) {
  const nlohmann::json value = {{"mode", "tiny"}, {"num_pages", std::int64_t{3}}};
  EXPECT_EQ(read_config<RunConfig>(value).num_pages, 3u);
}

TEST(JsonWriter, WritesEveryFieldInOrder) {
  SampleConfig config;
  config.runs.push_back({.mode = VisionMode::kGundamM, .num_pages = 2, .name = "g"});
  EXPECT_EQ(write_config(config).dump(),
            R"({"steps":100,"shuffle":true,"schedule":{"peak":0.25,"warmup":10},"clip":null,)"
            R"("edges":[0.5,1.0],"runs":[{"mode":"gundam_m","num_pages":2,"name":"g"}]})");
}

TEST(JsonWriter, WhatIsWrittenReadsBackTheSame) {
  const auto written = write_config(
      read(R"({"clip": 0.1, "edges": [], "runs": [{"mode": "tiny", "name": "\u00e9"}]})"));
  EXPECT_EQ(write_config(read(written.dump())), written);
  EXPECT_EQ(written["clip"], 0.1);
}

}  // namespace
}  // namespace dsocr::configs
