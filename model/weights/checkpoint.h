#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/weights/safetensors.h"

namespace dsocr::model {

/// The weights of a model in one or more safetensors files (spec: model, section 1.1).
class Checkpoint {
 public:
  /// Opens a *.safetensors file, an index (*.json), or a folder: by its
  /// model.safetensors.index.json, else its model.safetensors, else its only *.safetensors file.
  /// Throws WeightsError that lists all problems: missing or bad shards, tensors that index and
  /// shards do not agree on, a name in two files, an index that points out of its folder.
  static Checkpoint open(const std::filesystem::path& folder_or_file);

  /// What was opened, for messages.
  const std::filesystem::path& path() const { return path_; }
  /// The safetensors files, sorted by name.
  std::vector<std::filesystem::path> files() const;
  /// Sorted.
  const std::vector<std::string>& names() const { return names_; }
  bool contains(const std::string& name) const { return file_of_.contains(name); }
  /// These throw WeightsError for a name that the checkpoint does not have. The tensor is a view
  /// of the mapped file, see SafetensorsFile::tensor().
  const TensorInfo& info(const std::string& name) const { return file_with(name).info(name); }
  at::Tensor tensor(const std::string& name) const { return file_with(name).tensor(name); }
  /// Bytes of all tensors.
  std::int64_t total_bytes() const;

 private:
  explicit Checkpoint(std::filesystem::path path) : path_(std::move(path)) {}
  void read_shards(const std::filesystem::path& index);
  void add(SafetensorsFile file);
  const SafetensorsFile& file_with(const std::string& name) const;

  std::filesystem::path path_;
  std::vector<SafetensorsFile> files_;
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::size_t> file_of_;  // index into files_
};

struct ExpectedTensor {
  std::string name;
  std::vector<std::int64_t> shape;
};

/// Throws one WeightsError that lists every tensor of `expected` that the checkpoint lacks or has
/// in another shape, and every tensor of the checkpoint that is not expected. Names in `optional`
/// may be there or not, and are not looked at unless they are expected.
void require_tensors(const Checkpoint& checkpoint, std::span<const ExpectedTensor> expected,
                     std::span<const std::string> optional = {});

inline constexpr std::int64_t kMaxShardBytes = 5'000'000'000;

/// Writes tensors as Hugging Face does: model.safetensors when they fit into one file, else
/// model-00001-of-0000N.safetensors and model.safetensors.index.json. A shard is closed before the
/// tensor that would make it larger than `max_shard_bytes`. The folder is made when it is missing.
///
/// An older checkpoint in the folder is replaced: nothing of it is touched before all new files are
/// on the disk, and what the new one does not name is removed last. A crash leaves the old one, the
/// new one, or a folder that open() refuses, never a mixture. Throws WeightsError.
void save_checkpoint(const std::filesystem::path& folder, std::span<const NamedTensor> tensors,
                     std::int64_t max_shard_bytes = kMaxShardBytes);

}  // namespace dsocr::model
