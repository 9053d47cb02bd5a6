#include "model/weights/safetensors.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "model/error.h"

namespace dsocr::model {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

constexpr std::size_t kLengthBytes = 8;
constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;
constexpr std::size_t kMaxDimensions = 64;  // libtorch's own limit
constexpr const char* kMetadataKey = "__metadata__";

struct Dtype {
  const char* name;
  at::ScalarType type;
};

constexpr std::array kDtypes = {Dtype{"F64", at::kDouble}, Dtype{"F32", at::kFloat},
                                Dtype{"F16", at::kHalf},   Dtype{"BF16", at::kBFloat16},
                                Dtype{"I64", at::kLong},   Dtype{"I32", at::kInt},
                                Dtype{"I16", at::kShort},  Dtype{"I8", at::kChar},
                                Dtype{"U8", at::kByte},    Dtype{"BOOL", at::kBool}};

// For a message: in quotes, control characters escaped, cut when it is long.
std::string in_quotes(std::string_view text) {
  constexpr std::size_t kShown = 100;
  const std::string shown =
      std::string(text.substr(0, kShown)) + (text.size() > kShown ? "..." : "");
  return nlohmann::json(shown).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// What is wrong with a header, and with which of its tensors.
struct HeaderProblem {
  std::string reason;
  std::string name = {};
};

struct HeaderTensor {
  std::string name;
  std::optional<at::ScalarType> dtype = std::nullopt;
  std::vector<std::int64_t> shape = {};
  std::vector<std::int64_t> offsets = {};  // begin and end, from the first byte after the header
};

// Follows the parser through {"__metadata__": {key: text}, name: {"dtype": text, "shape": [sizes],
// "data_offsets": [begin, end]}} without building a tree; throws HeaderProblem at anything else.
class HeaderReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::vector<HeaderTensor> tensors;
  Metadata metadata;

  bool start_object(std::size_t) override {
    if (place_ == Place::kStart) return enter(Place::kTop);
    if (place_ != Place::kTop) refuse("an object stands where none belongs");
    return enter(in_metadata_ ? Place::kMetadata : Place::kTensor);
  }

  bool key(std::string& key) override {
    if (place_ == Place::kTop) {
      in_metadata_ = key == kMetadataKey;
      if (!names_.insert(key).second) throw HeaderProblem{in_quotes(key) + " stands twice", key};
      if (!in_metadata_) tensors.push_back({key});
    } else if (place_ == Place::kMetadata) {
      if (metadata.contains(key)) refuse("the key " + in_quotes(key) + " stands twice");
      metadata.emplace(key, "");
    } else {
      for (std::size_t field = 0; field < kFields.size(); ++field) {
        if (key != kFields.at(field)) continue;
        if (seen_.at(field)) refuse("the key " + in_quotes(key) + " stands twice");
        seen_.at(field) = true;
        key_ = key;
        return true;
      }
      refuse("unknown key " + in_quotes(key));
    }
    key_ = key;
    return true;
  }

  bool end_object() override {
    if (place_ == Place::kTop) return enter(Place::kEnd);
    if (place_ == Place::kTensor) {
      for (std::size_t field = 0; field < kFields.size(); ++field) {
        if (!seen_.at(field)) refuse(std::string("has no ") + kFields.at(field));
      }
      if (tensors.back().offsets.size() != 2) refuse("data_offsets must be two numbers");
    }
    seen_ = {};
    return enter(Place::kTop);
  }

  bool start_array(std::size_t) override {
    if (place_ != Place::kTensor || key_ == kFields[0]) refuse("a list stands where none belongs");
    return enter(key_ == kFields[1] ? Place::kShape : Place::kOffsets);
  }

  bool end_array() override { return enter(Place::kTensor); }

  bool string(std::string& value) override {
    if (place_ == Place::kMetadata) {
      metadata[key_] = std::move(value);
    } else if (place_ == Place::kTensor && key_ == kFields[0]) {
      const auto* const known = std::find_if(
          kDtypes.begin(), kDtypes.end(), [&](const Dtype& dtype) { return value == dtype.name; });
      if (known == kDtypes.end()) refuse("unknown dtype " + in_quotes(value));
      tensors.back().dtype = known->type;
    } else {
      refuse("a text stands where none belongs");
    }
    return true;
  }

  bool number_unsigned(std::uint64_t value) override {
    if (place_ != Place::kShape && place_ != Place::kOffsets) {
      refuse("a number stands where none belongs");
    }
    if (value > std::numeric_limits<std::int64_t>::max()) refuse("a number is too large");
    auto& list = place_ == Place::kShape ? tensors.back().shape : tensors.back().offsets;
    if (list.size() == (place_ == Place::kShape ? kMaxDimensions : 2)) {
      refuse(place_ == Place::kShape ? "has too many dimensions"
                                     : "data_offsets must be two numbers");
    }
    list.push_back(static_cast<std::int64_t>(value));
    return true;
  }

  bool number_integer(std::int64_t) override { refuse("a number is negative"); }
  bool number_float(double, const std::string&) override { refuse("a number is not whole"); }
  bool boolean(bool) override { refuse("true or false stands where none belongs"); }
  bool null() override { refuse("null stands where none belongs"); }
  bool binary(binary_t&) override { refuse("the header is not JSON"); }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    throw HeaderProblem{"the header is not JSON at its byte " + std::to_string(position)};
  }

 private:
  enum class Place { kStart, kTop, kMetadata, kTensor, kShape, kOffsets, kEnd };
  static constexpr std::array kFields = {"dtype", "shape", "data_offsets"};

  bool enter(Place place) {
    place_ = place;
    return true;
  }

  [[noreturn]] void refuse(const std::string& reason) const {
    if (place_ == Place::kStart) throw HeaderProblem{"the header is not an object"};
    if (in_metadata_) throw HeaderProblem{std::string(kMetadataKey) + ": " + reason};
    if (tensors.empty()) throw HeaderProblem{reason};
    throw HeaderProblem{"tensor " + in_quotes(tensors.back().name) + ": " + reason,
                        tensors.back().name};
  }

  Place place_ = Place::kStart;
  bool in_metadata_ = false;
  std::string key_ = {};
  std::array<bool, 3> seen_ = {};
  std::unordered_set<std::string> names_ = {};
};

std::int64_t size_of(at::ScalarType type) {
  return static_cast<std::int64_t>(c10::elementSize(type));
}

// Bytes of a tensor. Empty dimensions count as 1 in the check for overflow, as they do in strides.
std::int64_t checked_num_bytes(const HeaderTensor& tensor) {
  std::int64_t bound = size_of(*tensor.dtype);
  std::int64_t bytes = bound;
  for (const std::int64_t size : tensor.shape) {
    if (__builtin_mul_overflow(bound, std::max<std::int64_t>(size, 1), &bound)) {
      throw HeaderProblem{"tensor " + in_quotes(tensor.name) + ": the shape is too large",
                          tensor.name};
    }
    bytes *= size;
  }
  return bytes;
}

// Sorts the tensors by their place and checks that they fill the data without gap or overlap.
void check_layout(std::vector<HeaderTensor>& tensors, std::int64_t data_bytes) {
  const auto refuse = [](const HeaderTensor& tensor, const std::string& reason) {
    throw HeaderProblem{"tensor " + in_quotes(tensor.name) + ": " + reason, tensor.name};
  };
  for (const HeaderTensor& tensor : tensors) {
    const std::int64_t begin = tensor.offsets[0];
    const std::int64_t end = tensor.offsets[1];
    if (begin > end) refuse(tensor, "data_offsets end before they begin");
    if (end > data_bytes) {
      refuse(tensor, "its data ends at byte " + std::to_string(end) + " of " +
                         std::to_string(data_bytes) + ": the file is cut off");
    }
    const std::int64_t bytes = checked_num_bytes(tensor);
    if (bytes != end - begin) {
      refuse(tensor, "its shape needs " + std::to_string(bytes) + " bytes, data_offsets give " +
                         std::to_string(end - begin));
    }
  }
  std::stable_sort(
      tensors.begin(), tensors.end(),
      [](const HeaderTensor& a, const HeaderTensor& b) { return a.offsets < b.offsets; });
  std::int64_t end = 0;
  for (const HeaderTensor& tensor : tensors) {
    if (tensor.offsets[0] < end) refuse(tensor, "its data overlaps with another tensor's");
    if (tensor.offsets[0] > end) refuse(tensor, "there is a gap before its data");
    end = tensor.offsets[1];
  }
  if (end != data_bytes) {
    throw HeaderProblem{std::to_string(data_bytes - end) + " bytes follow the last tensor"};
  }
}

// The JSON text of the header, which begins at byte 8.
std::string_view header_text(std::span<const std::byte> file) {
  if (file.size() < kLengthBytes) throw HeaderProblem{"is too short for a safetensors file"};
  std::uint64_t length = 0;
  std::memcpy(&length, file.data(), kLengthBytes);
  if (length > kMaxHeaderBytes || length > file.size() - kLengthBytes) {
    throw HeaderProblem{"is not a safetensors file, or is cut off: a header of " +
                        std::to_string(length) + " bytes in a file of " +
                        std::to_string(file.size())};
  }
  const std::string_view text(reinterpret_cast<const char*>(file.data()) + kLengthBytes, length);
  // nlohmann::json takes a zero byte for the end of the text, and skips a byte order mark.
  if (!text.starts_with('{') || text.find('\0') != std::string_view::npos) {
    throw HeaderProblem{"is not a safetensors file: its header is not a JSON object"};
  }
  return text;
}

const char* dtype_name(at::ScalarType type) {
  const auto* const known = std::find_if(kDtypes.begin(), kDtypes.end(),
                                         [&](const Dtype& dtype) { return dtype.type == type; });
  return known == kDtypes.end() ? nullptr : known->name;
}

// The tensors as they are written: wide element types first, otherwise in the given order.
std::vector<const NamedTensor*> in_file_order(const std::filesystem::path& file,
                                              std::span<const NamedTensor> tensors) {
  std::vector<const NamedTensor*> order;
  std::unordered_set<std::string_view> names;
  for (const NamedTensor& named : tensors) {
    const auto refuse = [&](const std::string& reason) {
      throw WeightsError(file, "cannot write tensor " + in_quotes(named.name) + ": " + reason,
                         {named.name});
    };
    if (named.name == kMetadataKey) refuse("the name is reserved");
    if (!names.insert(named.name).second) refuse("the name stands twice");
    if (!named.tensor.defined()) refuse("it is undefined");
    if (dtype_name(named.tensor.scalar_type()) == nullptr) {
      refuse(std::string("safetensors has no type ") + c10::toString(named.tensor.scalar_type()));
    }
    if (named.tensor.layout() != at::kStrided) refuse("it is not a strided tensor");
    order.push_back(&named);
  }
  std::stable_sort(order.begin(), order.end(), [](const NamedTensor* a, const NamedTensor* b) {
    return a->tensor.element_size() > b->tensor.element_size();
  });
  return order;
}

std::string header_json(const std::filesystem::path& file,
                        const std::vector<const NamedTensor*>& order, const Metadata& metadata) {
  std::string text = "{";
  const auto add = [&text](const std::string& key, const nlohmann::ordered_json& value) {
    if (text.size() > 1) text += ',';
    text += nlohmann::ordered_json(key).dump() + ":" + value.dump();
  };
  try {
    if (!metadata.empty()) add(kMetadataKey, metadata);
    std::int64_t begin = 0;
    for (const NamedTensor* named : order) {
      const std::int64_t end = begin + num_bytes(named->tensor);
      add(named->name, {{"dtype", dtype_name(named->tensor.scalar_type())},
                        {"shape", named->tensor.sizes().vec()},
                        {"data_offsets", {begin, end}}});
      begin = end;
    }
  } catch (const nlohmann::json::exception&) {
    throw WeightsError(file, "cannot write: a tensor's name or the metadata is not valid UTF-8");
  }
  text += '}';
  text.resize((text.size() + kLengthBytes - 1) / kLengthBytes * kLengthBytes, ' ');
  if (text.size() > kMaxHeaderBytes) throw WeightsError(file, "cannot write: too many tensors");
  return text;
}

}  // namespace

SafetensorsFile::SafetensorsFile(std::filesystem::path file)
    : file_(std::move(file)), mapped_(std::make_shared<MappedFile>(file_)) {
  try {
    const std::span<const std::byte> bytes = mapped_->bytes();
    const std::string_view text = header_text(bytes);
    HeaderReader header;
    nlohmann::json::sax_parse(text.begin(), text.end(), &header);
    const std::size_t data_begin = kLengthBytes + text.size();
    check_layout(header.tensors, static_cast<std::int64_t>(bytes.size() - data_begin));

    metadata_ = std::move(header.metadata);
    for (HeaderTensor& tensor : header.tensors) {
      const std::int64_t num_bytes = tensor.offsets[1] - tensor.offsets[0];
      names_.push_back(tensor.name);
      entries_.emplace(std::move(tensor.name),
                       Entry{{*tensor.dtype, std::move(tensor.shape), num_bytes},
                             data_begin + static_cast<std::size_t>(tensor.offsets[0])});
    }
  } catch (const HeaderProblem& problem) {
    std::vector<std::string> names;
    if (!problem.name.empty()) names.push_back(problem.name);
    throw WeightsError(file_, problem.reason, std::move(names));
  }
}

const SafetensorsFile::Entry& SafetensorsFile::entry(const std::string& name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) {
    throw WeightsError(file_, "has no tensor " + in_quotes(name), {name});
  }
  return found->second;
}

at::Tensor SafetensorsFile::tensor(const std::string& name) const {
  const auto& [info, begin] = entry(name);
  if (info.num_bytes == 0) return at::empty(info.shape, info.dtype);
  const std::span<std::byte> bytes =
      mapped_->bytes().subspan(begin, static_cast<std::size_t>(info.num_bytes));
  if (info.dtype == at::kBool) return at::from_blob(bytes.data(), info.shape, at::kByte).ne(0);
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % c10::elementSize(info.dtype) != 0) {
    at::Tensor copy = at::empty(info.shape, info.dtype);
    std::memcpy(copy.data_ptr(), bytes.data(), bytes.size());
    return copy;
  }
  const auto keep_mapped = [mapped = mapped_](void*) {};
  return at::from_blob(bytes.data(), info.shape, keep_mapped, info.dtype);
}

std::int64_t num_bytes(const at::Tensor& tensor) {
  return tensor.defined() ? tensor.numel() * tensor.element_size() : 0;
}

AtomicFile stage_safetensors(const std::filesystem::path& file,
                             std::span<const NamedTensor> tensors, const Metadata& metadata) {
  const auto order = in_file_order(file, tensors);
  const std::string header = header_json(file, order, metadata);
  const std::uint64_t length = header.size();
  AtomicFile out(file);
  out.write(std::as_bytes(std::span(&length, 1)));
  out.write(header);
  for (const NamedTensor* named : order) {
    const at::Tensor data = named->tensor.detach().cpu().contiguous().resolve_neg();
    const auto* const begin = static_cast<const std::byte*>(data.const_data_ptr());
    out.write(std::span(begin, static_cast<std::size_t>(num_bytes(data))));
  }
  out.finish();
  return out;
}

void write_safetensors(const std::filesystem::path& file, std::span<const NamedTensor> tensors,
                       const Metadata& metadata) {
  stage_safetensors(file, tensors, metadata).commit();
}

}  // namespace dsocr::model
