#include "reports/event_file.h"

#include <unistd.h>

#include <algorithm>
#include <boost/crc.hpp>
#include <boost/endian/conversion.hpp>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <protozero/pbf_builder.hpp>
#include <stdexcept>
#include <string>

#include "configs/json_text.h"

namespace dsocr::reports {
namespace {

using protozero::pbf_builder;

// Fields of tensorflow's messages.
enum class Event : protozero::pbf_tag_type {
  kWallTime = 1,
  kStep = 2,
  kFileVersion = 3,
  kSummary = 5,
  kSessionLog = 7
};
enum class SessionLog : protozero::pbf_tag_type { kStatus = 1 };
enum class Summary : protozero::pbf_tag_type { kValue = 1 };
enum class Value : protozero::pbf_tag_type {
  kTag = 1,
  kSimpleValue = 2,
  kImage = 4,
  kHisto = 5,
  kTensor = 8,
  kMetadata = 9
};
enum class Image : protozero::pbf_tag_type { kHeight = 1, kWidth = 2, kEncodedImageString = 4 };
enum class Histogram : protozero::pbf_tag_type {
  kMin = 1,
  kMax = 2,
  kNum = 3,
  kSum = 4,
  kSumSquares = 5,
  kBucketLimit = 6,
  kBucket = 7
};
enum class Tensor : protozero::pbf_tag_type { kDtype = 1, kTensorShape = 2, kStringVal = 8 };
enum class Metadata : protozero::pbf_tag_type { kPluginData = 1 };
enum class PluginData : protozero::pbf_tag_type { kPluginName = 1 };

constexpr std::string_view kPrefix = "events.out.tfevents.";
constexpr int kStartStatus = 1;  // SessionLog.SessionStatus.START
constexpr int kStringType = 7;   // DataType.DT_STRING

std::string host_name() {
  char name[256] = {};
  if (::gethostname(name, sizeof name - 1) != 0 || name[0] == '\0') return "localhost";
  return name;
}

// A file whose seconds are now, or after those of all event files that are there.
std::filesystem::path new_file(const std::filesystem::path& folder) {
  std::int64_t seconds = std::chrono::duration_cast<std::chrono::seconds>(
                             std::chrono::system_clock::now().time_since_epoch())
                             .count();
  std::error_code unreadable;  // then opening the file says why
  for (const auto& entry : std::filesystem::directory_iterator(folder, unreadable)) {
    const std::string name = entry.path().filename().string();
    std::int64_t taken = 0;
    if (name.starts_with(kPrefix) &&
        std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), taken).ec ==
            std::errc())
      seconds = std::max(seconds, taken + 1);
  }
  // Ten digits, so that the order of names is that of numbers.
  char digits[24];
  std::snprintf(digits, sizeof digits, "%010lld", static_cast<long long>(seconds));
  return folder /
         (std::string(kPrefix) + digits + "." + host_name() + "." + std::to_string(::getpid()));
}

// CRC-32C, rotated and shifted: of bytes that hold checksums themselves a plain one is weak.
std::uint32_t masked_crc(std::string_view bytes) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(bytes.data(), bytes.size());
  const std::uint32_t sum = crc.checksum();
  return ((sum >> 15) | (sum << 17)) + 0xA282EAD8;
}

pbf_builder<Event> start_event(std::string& bytes, std::int64_t step) {
  pbf_builder<Event> event(bytes);
  event.add_double(
      Event::kWallTime,
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count());
  event.add_int64(Event::kStep, step);
  return event;
}

// One ill-formed byte would make a text unreadable, in a tag all that follows in the file.
std::string well_formed(std::string_view text) {
  std::string out;
  while (const auto invalid = configs::find_invalid_utf8(text)) {
    out.append(text.substr(0, *invalid)).append("\xEF\xBF\xBD");
    text.remove_prefix(*invalid + 1);
  }
  return out.append(text);
}

// The event with one value, which `fill` adds.
template <class Fill>
std::string value_event(std::string_view tag, std::int64_t step, const Fill& fill) {
  std::string bytes;
  {
    pbf_builder<Event> event = start_event(bytes, step);
    pbf_builder<Summary> summary(event, Event::kSummary);
    pbf_builder<Value> value(summary, Summary::kValue);
    value.add_string(Value::kTag, well_formed(tag));
    fill(value);
  }
  return bytes;
}

}  // namespace

EventFile::EventFile(const std::filesystem::path& folder, std::int64_t first_step)
    : bytes_(new_file(folder)) {
  std::string version;
  start_event(version, 0).add_string(Event::kFileVersion, "brain.Event:2");
  write(version);
  std::string start;
  {
    pbf_builder<Event> event = start_event(start, first_step);
    pbf_builder<SessionLog>(event, Event::kSessionLog).add_enum(SessionLog::kStatus, kStartStatus);
  }
  write(start);
}

// Scalars, images and histograms go in the fields that were made for them: TensorBoard turns them
// into its tensors, and its EventAccumulator lists them by kind only like this.

void EventFile::scalar(std::string_view tag, std::int64_t step, double value) {
  write(value_event(tag, step, [&](pbf_builder<Value>& out) {
    out.add_float(Value::kSimpleValue, static_cast<float>(value));
  }));
}

void EventFile::image(std::string_view tag, std::int64_t step, std::string_view png) {
  // Signature, length and name of the first chunk, whose content begins with width and height.
  constexpr std::string_view kStart{"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16};
  if (!png.starts_with(kStart) || png.size() < kStart.size() + 8)
    throw std::invalid_argument("image " + std::string(tag) + " of step " + std::to_string(step) +
                                " is not a PNG");
  const auto* size = reinterpret_cast<const unsigned char*>(png.data()) + kStart.size();
  write(value_event(tag, step, [&](pbf_builder<Value>& out) {
    pbf_builder<Image> image(out, Value::kImage);
    image.add_int32(Image::kHeight, boost::endian::load_big_s32(size + 4));
    image.add_int32(Image::kWidth, boost::endian::load_big_s32(size));
    image.add_bytes(Image::kEncodedImageString, png.data(), png.size());
  }));
}

void EventFile::text(std::string_view tag, std::int64_t step, std::string_view markdown) {
  write(value_event(tag, step, [&](pbf_builder<Value>& out) {
    {
      pbf_builder<Metadata> metadata(out, Value::kMetadata);
      pbf_builder<PluginData>(metadata, Metadata::kPluginData)
          .add_string(PluginData::kPluginName, "text");
    }
    pbf_builder<Tensor> tensor(out, Value::kTensor);
    tensor.add_enum(Tensor::kDtype, kStringType);
    // No dimension: one text, not a table of texts.
    tensor.add_message(Tensor::kTensorShape, std::string());
    tensor.add_bytes(Tensor::kStringVal, well_formed(markdown));
  }));
}

void EventFile::histogram(std::string_view tag, std::int64_t step, std::span<const double> edges,
                          std::span<const double> counts) {
  const auto refuse = [&](const char* reason) {
    throw std::invalid_argument("histogram " + std::string(tag) + " of step " +
                                std::to_string(step) + ": " + reason);
  };
  if (edges.size() != counts.size() + 1) refuse("edges must be one more than counts");
  for (std::size_t i = 0; i < edges.size(); ++i)
    if (!std::isfinite(edges[i]) || (i > 0 && edges[i] <= edges[i - 1]))
      refuse("edges must be finite and ascend");
  for (const double count : counts)
    if (!std::isfinite(count) || count < 0) refuse("counts must be numbers from 0");

  // A reader takes `min` for the left edge of the first bucket and the limits for the right ones,
  // so empty buckets at the ends stay out.
  const auto filled = [](double count) { return count > 0; };
  const auto first = std::find_if(counts.begin(), counts.end(), filled) - counts.begin();
  const auto last = counts.rend() - std::find_if(counts.rbegin(), counts.rend(), filled);
  const std::size_t begin = static_cast<std::size_t>(std::min<std::ptrdiff_t>(first, last));
  const std::size_t end = static_cast<std::size_t>(last);
  double num = 0, sum = 0, sum_squares = 0;
  for (std::size_t i = begin; i < end; ++i) {
    const double middle = edges[i] / 2 + edges[i + 1] / 2;
    num += counts[i];
    sum += counts[i] * middle;
    sum_squares += counts[i] * middle * middle;
  }
  write(value_event(tag, step, [&](pbf_builder<Value>& out) {
    pbf_builder<Histogram> histogram(out, Value::kHisto);
    histogram.add_double(Histogram::kMin, edges[begin]);
    histogram.add_double(Histogram::kMax, edges[end]);
    histogram.add_double(Histogram::kNum, num);
    histogram.add_double(Histogram::kSum, sum);
    histogram.add_double(Histogram::kSumSquares, sum_squares);
    const auto limits = edges.subspan(begin + 1, end - begin);
    const auto buckets = counts.subspan(begin, end - begin);
    histogram.add_packed_double(Histogram::kBucketLimit, limits.begin(), limits.end());
    histogram.add_packed_double(Histogram::kBucket, buckets.begin(), buckets.end());
  }));
}

// spec: tensorflow, core/lib/io/record_writer.h. In one piece, so that it is taken whole or not.
void EventFile::write(std::string_view event) {
  unsigned char length[8], crc[4];
  boost::endian::store_little_u64(length, event.size());
  const std::string_view length_bytes(reinterpret_cast<const char*>(length), sizeof length);
  const std::string_view crc_bytes(reinterpret_cast<const char*>(crc), sizeof crc);
  std::string record;
  record.reserve(sizeof length + event.size() + 2 * sizeof crc);
  boost::endian::store_little_u32(crc, masked_crc(length_bytes));
  record.append(length_bytes).append(crc_bytes).append(event);
  boost::endian::store_little_u32(crc, masked_crc(event));
  bytes_.write(record.append(crc_bytes));
}

}  // namespace dsocr::reports
