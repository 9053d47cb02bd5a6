#include "reports/event_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cmath>
#include <limits>
#include <protozero/pbf_reader.hpp>
#include <string>
#include <vector>

#include "configs/build_info.h"
#include "configs/process.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/read_json.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"

namespace dsocr::reports {
namespace {

using nlohmann::json;
using protozero::pbf_reader;

// 3 x 2 pixels of RGB.
const std::string kPng(
    "\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\x00\x03\x00\x00\x00\x02\x08\x02\x00\x00\x00"
    "\x12\x16\xf1\x4d\x00\x00\x00\x17IDAT\x78\xda\x63\xf8\xcf\xc0\xc0\x00\xc1\x5c\x22\x72\x1a\x46"
    "\x36\x6e\x01\x51\x00\x33\x59\x04\xc0\x5c\x9b\xe1\x8c\x00\x00\x00\x00IEND\xae\x42\x60\x82",
    80);
const json kPixels{
    {"size", {3, 2}},
    {"mode", "RGB"},
    {"bytes", {255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30, 40, 50, 60, 70, 80, 90}}};

// By the definition, bit by bit.
std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) * 0x82F63B78u);
  }
  return ~crc;
}

template <class Number>
Number number_at(std::string_view bytes, std::size_t offset) {
  Number number = 0;
  bytes.copy(reinterpret_cast<char*>(&number), sizeof number, offset);  // throws behind the end
  return number;
}

void expect_masked_crc(std::string_view bytes, std::uint32_t stored) {
  const std::uint32_t rotated = stored - 0xA282EAD8u;
  EXPECT_EQ((rotated >> 17) | (rotated << 15), crc32c(bytes));
}

struct ReadEvent {
  double wall_time = -1;
  std::int64_t step = 0;
  std::string version, session_log, value;  // the first value of a summary
};

std::vector<ReadEvent> read_events(const std::filesystem::path& file) {
  const std::string content = read_file(file);
  std::vector<ReadEvent> events;
  for (std::string_view left = content; !left.empty();) {
    const auto size = number_at<std::uint64_t>(left, 0);
    expect_masked_crc(left.substr(0, 8), number_at<std::uint32_t>(left, 8));
    const std::string_view bytes = left.substr(12, size);
    expect_masked_crc(bytes, number_at<std::uint32_t>(left, 12 + size));
    left = left.substr(16 + size);

    ReadEvent& event = events.emplace_back();
    pbf_reader reader(bytes.data(), bytes.size());
    while (reader.next()) {
      if (reader.tag() == 1) {
        event.wall_time = reader.get_double();
      } else if (reader.tag() == 2) {
        event.step = reader.get_int64();
      } else if (reader.tag() == 3) {
        event.version = reader.get_string();
      } else if (reader.tag() == 5) {
        pbf_reader summary = reader.get_message();
        EXPECT_TRUE(summary.next(1));
        event.value = summary.get_string();
      } else {
        EXPECT_EQ(reader.tag(), 7u);
        event.session_log = reader.get_string();
      }
    }
  }
  return events;
}

// The only event behind the two that every file begins with, as its value's fields.
pbf_reader only_value(const std::filesystem::path& file, std::string& bytes) {
  const auto events = read_events(file);
  EXPECT_EQ(events.size(), 3u);
  bytes = events.back().value;
  return pbf_reader(bytes);
}

TEST(EventFile, TestsChecksumIsCrc32c) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283);            // check value of CRC-32/ISCSI
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AA);  // RFC 3720, B.4
}

TEST(EventFile, BeginsWithVersionAndFirstStep) {
  const test::TempDir dir;
  const auto now = [] {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch())
        .count();
  };
  const double before = now();
  EventFile file(dir.path(), 41);
  file.flush();
  const auto events = read_events(file.path());
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].version, "brain.Event:2");
  EXPECT_EQ(events[0].step, 0);
  EXPECT_EQ(events[1].session_log, "\x08\x01");  // status: START
  EXPECT_EQ(events[1].step, 41);
  for (const ReadEvent& event : events) {
    EXPECT_GE(event.wall_time, before);
    EXPECT_LE(event.wall_time, now());
  }
}

TEST(EventFile, ScalarIsASimpleValue) {
  const test::TempDir dir;
  EventFile file(dir.path());
  file.scalar("loss/train", 1'234'567'890'123, 0.1);
  file.flush();
  const auto events = read_events(file.path());
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[2].step, 1'234'567'890'123);
  pbf_reader value(events[2].value);
  ASSERT_TRUE(value.next());
  EXPECT_EQ(value.tag(), 1u);
  EXPECT_EQ(value.get_string(), "loss/train");
  ASSERT_TRUE(value.next());
  EXPECT_EQ(value.tag(), 2u);
  EXPECT_EQ(value.get_float(), 0.1f);
  EXPECT_FALSE(value.next());
}

TEST(EventFile, ImageHasTheSizeOfThePng) {
  const test::TempDir dir;
  EventFile file(dir.path());
  file.image("page", 0, kPng);
  file.flush();
  std::string bytes;
  pbf_reader value = only_value(file.path(), bytes);
  ASSERT_TRUE(value.next(4));
  pbf_reader image = value.get_message();
  ASSERT_TRUE(image.next(1));
  EXPECT_EQ(image.get_int32(), 2);
  ASSERT_TRUE(image.next(2));
  EXPECT_EQ(image.get_int32(), 3);
  ASSERT_TRUE(image.next(4));
  EXPECT_EQ(image.get_string(), kPng);
}

TEST(EventFile, TextIsAStringOfThePluginText) {
  const test::TempDir dir;
  EventFile file(dir.path());
  file.text("output", 5, "# caf\xC3\xA9 \xC3 end");
  file.flush();
  std::string bytes;
  pbf_reader value = only_value(file.path(), bytes);
  ASSERT_TRUE(value.next(9));
  EXPECT_EQ(value.get_string(), "\x0A\x06\x0A\x04text");  // plugin_data.plugin_name
  ASSERT_TRUE(value.next(8));
  pbf_reader tensor = value.get_message();
  ASSERT_TRUE(tensor.next(1));
  EXPECT_EQ(tensor.get_enum(), 7);  // DT_STRING
  ASSERT_TRUE(tensor.next(2));
  EXPECT_EQ(tensor.get_string(), "");  // a shape without dimensions
  ASSERT_TRUE(tensor.next(8));
  EXPECT_EQ(tensor.get_string(), "# caf\xC3\xA9 \xEF\xBF\xBD end");
}

TEST(EventFile, HistogramLeavesOutEmptyEnds) {
  const test::TempDir dir;
  EventFile file(dir.path());
  file.histogram("weights", 0, std::array{-1.0, 0.0, 1.0, 3.0, 4.0},
                 std::array{0.0, 2.0, 1.0, 0.0});
  file.flush();
  std::string bytes;
  pbf_reader value = only_value(file.path(), bytes);
  ASSERT_TRUE(value.next(5));
  pbf_reader histogram = value.get_message();
  for (const double expected : {0.0, 3.0, 3.0, 3.0, 4.5}) {  // min, max, num, sum, sum of squares
    ASSERT_TRUE(histogram.next());
    EXPECT_EQ(histogram.get_double(), expected) << "field " << histogram.tag();
  }
  for (const auto& expected : {std::vector{1.0, 3.0}, std::vector{2.0, 1.0}}) {
    ASSERT_TRUE(histogram.next());
    const auto range = histogram.get_packed_double();
    EXPECT_EQ(std::vector<double>(range.begin(), range.end()), expected);
  }
}

TEST(EventFile, RefusesWrongValuesAndWritesNothing) {
  const test::TempDir dir;
  EventFile file(dir.path());
  const auto histogram = [&](std::vector<double> edges, std::vector<double> counts) {
    return test::thrown_message([&] { file.histogram("h", 7, edges, counts); });
  };
  EXPECT_EQ(histogram({0, 1}, {1, 2}), "histogram h of step 7: edges must be one more than counts");
  EXPECT_EQ(histogram({}, {}), "histogram h of step 7: edges must be one more than counts");
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double edge : {1.0, 0.5, infinity, std::nan("")})
    EXPECT_EQ(histogram({0, 1, edge}, {1, 1}),
              "histogram h of step 7: edges must be finite and ascend");
  for (const double count : {-1.0, infinity, std::nan("")})
    EXPECT_EQ(histogram({0, 1}, {count}), "histogram h of step 7: counts must be numbers from 0");
  for (const std::string& png : {std::string("GIF89a"), kPng.substr(0, 23), std::string()})
    EXPECT_EQ(test::thrown_message([&] { file.image("page", 7, png); }),
              "image page of step 7 is not a PNG");
  file.flush();
  EXPECT_EQ(read_events(file.path()).size(), 2u);
}

TEST(EventFile, IsNamedAfterAllOthersOfTheFolder) {
  const test::TempDir dir;
  std::string host(256, '\0');
  ASSERT_EQ(gethostname(host.data(), host.size()), 0);
  const std::string end = "." + std::string(host.c_str()) + "." + std::to_string(getpid());
  const EventFile now(dir.path());
  const EventFile same_second(dir.path());
  EXPECT_LT(now.path(), same_second.path());
  EXPECT_TRUE(now.path().string().ends_with(end)) << now.path();
  dir.write("events.out.tfevents.4000000000.zebra.99999", "");  // a clock was set back since
  dir.write("events.out.tfevents.note", "");
  EXPECT_EQ(EventFile(dir.path()).path(), dir.path() / ("events.out.tfevents.4000000001" + end));
}

TEST(EventFile, SaysWhatCouldNotBeWritten) {
  const std::string message = test::thrown_message([] { EventFile("/nowhere"); });
  EXPECT_TRUE(message.starts_with("cannot write /nowhere/events.out.tfevents.")) << message;
  EXPECT_TRUE(message.ends_with(": No such file or directory")) << message;
}

TEST(EventFile, GoesOnAfterAFullDisk) {
  const test::TempDir dir;
  EventFile file(dir.path());
  const std::string large(50'000, 'x');
  std::size_t refused = 0;
  {
    const test::FileSizeLimit limit(120'000);
    for (int step = 0; step < 10; ++step) {
      try {
        file.text("text", step, large);
      } catch (const std::runtime_error& error) {
        EXPECT_EQ(error.what(), "cannot write " + file.path().string() + ": File too large");
        ++refused;
      }
    }
    EXPECT_EQ(std::filesystem::file_size(file.path()), 120'000u);  // within an event
  }
  EXPECT_GT(refused, 0u);
  file.text("text", 10, "room again");
  file.flush();
  const auto events = read_events(file.path());
  // Those that were taken are there and whole, in order.
  ASSERT_GE(events.size(), 5u);
  for (std::size_t i = 2; i + 1 < events.size(); ++i) {
    EXPECT_EQ(events[i].step, static_cast<std::int64_t>(i) - 2);
    EXPECT_NE(events[i].value.find(large), std::string::npos);
  }
  EXPECT_EQ(events.back().step, 10);
}

// What read_events.py prints for a folder; null without tensorboard.
json tensorboard_reads(const std::filesystem::path& folder) {
  const auto python = configs::deps_dir() / "venv" / "bin" / "python";
  const auto script = configs::build_info().source_dir / "tests/reports/read_events.py";
  if (!std::filesystem::exists(python)) return nullptr;
  const configs::ProcessResult result =
      configs::run_process({python.string(), script.string(), folder.string()});
  if (result.exit_code == 77) return nullptr;
  if (result.exit_code != 0) throw std::runtime_error("read_events.py failed: " + result.err);
  return json::parse(result.out);
}

// A run that was killed while it wrote, and one that goes on from its checkpoint of step 20.
TEST(EventFile, TensorBoardShowsARunThatWentOn) {
  const test::TempDir dir;
  {
    EventFile file(dir.path());
    for (const int step : {10, 20, 30}) {
      file.scalar("loss", step, step * 0.5);
      file.text("output", step, "first run");
      file.image("page", step, kPng);
      file.histogram("weights", step, std::array{0.0, 1.0}, std::array{1.0});
    }
    file.scalar("torn", 30, 1);
    file.flush();
    std::filesystem::resize_file(file.path(), std::filesystem::file_size(file.path()) - 5);
  }
  EventFile file(dir.path(), 21);
  file.scalar("loss", 30, 2.5);
  file.scalar("loss", 40, 1.5);
  file.scalar("rate", 40, 0.25);
  file.text("output", 40, "**bold** caf\xC3\xA9 \xFF");
  file.image("page", 40, kPng);
  file.histogram("weights", 40, std::array{-2.0, -1.0, 0.0, 0.5, 1.0},
                 std::array{0.0, 3.0, 0.0, 4.0});
  file.histogram("nothing", 40, std::array{0.0, 1.0}, std::array{0.0});
  file.flush();

  const json read = tensorboard_reads(dir.path());
  if (read.is_null()) GTEST_SKIP() << "needs tensorboard in the Python environment of make deps";
  const json scalars = json::parse(
      R"({"loss": [[10, 5.0], [20, 10.0], [30, 2.5], [40, 1.5]], "rate": [[40, 0.25]]})");
  const json& listed = read["listed"];
  EXPECT_EQ(listed["scalars"], scalars);
  EXPECT_EQ(listed["tensors"], json::parse(R"(["output"])"));
  ASSERT_EQ(listed["images"]["page"].size(), 3u);
  EXPECT_EQ(listed["images"]["page"][2], (json{40, {3, 2}, kPixels}));
  ASSERT_EQ(listed["histograms"]["weights"].size(), 3u);
  EXPECT_EQ(listed["histograms"]["weights"][2], json::parse(R"([40, {
      "min": -1.0, "max": 1.0, "num": 7.0, "sum": 1.5, "sum_squares": 3.0,
      "bucket_limit": [0.0, 0.5, 1.0], "bucket": [3.0, 0.0, 4.0]}])"));

  const json& shown = read["shown"];
  EXPECT_EQ(shown.size(), 4u);
  EXPECT_EQ(shown["scalars"], scalars);
  EXPECT_EQ(shown["text"]["output"], json::parse(R"([[10, "<p>first run</p>"],
      [20, "<p>first run</p>"], [40, "<p><strong>bold</strong> caf\u00e9 \ufffd</p>"]])"));
  ASSERT_EQ(shown["images"]["page"].size(), 3u);
  EXPECT_EQ(shown["images"]["page"][2], (json{40, {3, 2, kPixels}}));
  // Left edge, right edge, count.
  EXPECT_EQ(shown["histograms"], json::parse(R"({
      "weights": [[10, [[0.0, 1.0, 1.0]]], [20, [[0.0, 1.0, 1.0]]],
                  [40, [[-1.0, 0.0, 3.0], [0.0, 0.5, 0.0], [0.5, 1.0, 4.0]]]],
      "nothing": [[40, []]]})"));
}

}  // namespace
}  // namespace dsocr::reports
