#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/weights/mapped_file.h"

namespace dsocr::model {

struct TensorInfo {
  at::ScalarType dtype;
  std::vector<std::int64_t> shape;
  std::int64_t num_bytes;
};

/// One file of the safetensors format (spec: model, section 1.1). F64, F32, F16, BF16, I64, I32,
/// I16, I8, U8 and BOOL; row-major, little-endian.
class SafetensorsFile {
 public:
  /// Maps the file and checks its header and layout whole, so that a damaged or hostile file is
  /// refused and never read past its end. Throws WeightsError naming the file, the tensor and the
  /// reason. A file that is shortened while it is mapped is not survived (see MappedFile).
  explicit SafetensorsFile(std::filesystem::path file);

  const std::filesystem::path& file() const { return file_; }
  /// Names in the order of the data.
  const std::vector<std::string>& names() const { return names_; }
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  bool contains(const std::string& name) const { return entries_.contains(name); }
  /// Throws WeightsError when the file has no such tensor.
  const TensorInfo& info(const std::string& name) const { return entry(name).info; }

  /// The tensor on the CPU, without a copy: it lies in the mapped file, which it keeps mapped also
  /// after this object is gone. Writing to it changes this memory, for every tensor of this name
  /// taken from the same object, and never the file. Copied are only tensors that the file does
  /// not align to their element and BOOL, where any byte but 0 counts as true.
  at::Tensor tensor(const std::string& name) const;

 private:
  struct Entry {
    TensorInfo info;
    std::size_t begin = 0;  // byte in the file
  };
  const Entry& entry(const std::string& name) const;

  std::filesystem::path file_;
  std::shared_ptr<MappedFile> mapped_;
  std::vector<std::string> names_;
  std::map<std::string, std::string> metadata_;
  std::unordered_map<std::string, Entry> entries_;
};

struct NamedTensor {
  std::string name;
  at::Tensor tensor;
};

using Metadata = std::map<std::string, std::string>;

/// Bytes that the tensor's elements take.
std::int64_t num_bytes(const at::Tensor& tensor);

/// Writes tensors of any device and stride; at most one at a time is copied. The order is the given
/// one, with larger element types first so that every tensor is aligned, as readers in Python ask.
/// The same input gives the same bytes. `file` is replaced in one step; throws WeightsError, and
/// leaves it as it was, when the disk is full, a name comes twice or a type is not of the format.
void write_safetensors(const std::filesystem::path& file, std::span<const NamedTensor> tensors,
                       const Metadata& metadata = {});

/// The same, on the disk but not yet in place.
AtomicFile stage_safetensors(const std::filesystem::path& file,
                             std::span<const NamedTensor> tensors, const Metadata& metadata = {});

}  // namespace dsocr::model
