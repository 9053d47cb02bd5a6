#include "model/weights/checkpoint.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <system_error>
#include <unordered_set>
#include <utility>

#include "configs/error.h"
#include "configs/json_text.h"
#include "model/error.h"

namespace dsocr::model {
namespace {

namespace fs = std::filesystem;

constexpr const char* kIndexFile = "model.safetensors.index.json";
constexpr const char* kSingleFile = "model.safetensors";
constexpr const char* kExtension = ".safetensors";

// Everything that is wrong, for one message.
struct Problems {
  std::vector<std::string> texts;
  std::vector<std::string> names;

  void add(const std::string& name, const std::string& text) {
    texts.push_back(text);
    names.push_back(name);
  }
  void throw_if_any(const fs::path& path) {
    if (!texts.empty()) throw WeightsError(path, first_few(texts), std::move(names));
  }
};

std::vector<fs::path> safetensors_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().extension() == kExtension) files.push_back(entry->path());
  }
  if (error) throw WeightsError(folder, "cannot read: " + error.message());
  std::sort(files.begin(), files.end());
  return files;
}

bool is_plain_name(const std::string& name) {
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of(std::string("/\\\0", 3)) == std::string::npos;
}

// Shard -> names of its tensors.
std::map<std::string, std::vector<std::string>> read_index(const fs::path& index) {
  nlohmann::json json;
  try {
    json = configs::read_json_file(index);
  } catch (const configs::ConfigError& error) {
    throw WeightsError(index, error.what());
  }
  if (!json.is_object() || !json.contains("weight_map") || !json["weight_map"].is_object()) {
    throw WeightsError(index, "has no weight_map");
  }
  std::map<std::string, std::vector<std::string>> shards;
  Problems problems;
  for (const auto& [name, shard] : json["weight_map"].items()) {
    if (!shard.is_string() || !is_plain_name(shard.get<std::string>())) {
      problems.add(name, name + " is in " + shard.dump() + ", which is not a plain file name");
    } else {
      shards[shard.get<std::string>()].push_back(name);
    }
  }
  problems.throw_if_any(index);
  if (shards.empty()) throw WeightsError(index, "names no tensors");
  return shards;
}

std::string shape_text(std::span<const std::int64_t> shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  }
  return text + "]";
}

// Cuts the tensors, in their order, into shards.
std::vector<std::span<const NamedTensor>> cut(std::span<const NamedTensor> tensors,
                                              std::int64_t max_shard_bytes) {
  std::vector<std::span<const NamedTensor>> shards;
  std::size_t begin = 0;
  std::int64_t shard_bytes = 0;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const std::int64_t bytes = num_bytes(tensors[i].tensor);
    if (i > begin && bytes > max_shard_bytes - shard_bytes) {
      shards.push_back(tensors.subspan(begin, i - begin));
      begin = i;
      shard_bytes = 0;
    }
    shard_bytes += bytes;
  }
  shards.push_back(tensors.subspan(begin));
  return shards;
}

std::string shard_name(std::size_t number, std::size_t num_shards) {
  if (num_shards == 1) return kSingleFile;
  char name[64];
  std::snprintf(name, sizeof(name), "model-%05zu-of-%05zu.safetensors", number, num_shards);
  return name;
}

bool is_shard_name(const std::string& name) {
  if (name == kSingleFile) return true;
  int end = -1;
  std::sscanf(name.c_str(), "model-%*5[0-9]-of-%*6[0-9].safetensors%n", &end);
  return end == static_cast<int>(name.size());
}

std::string index_json(const std::vector<std::span<const NamedTensor>>& shards) {
  std::int64_t total_bytes = 0;
  std::map<std::string, std::string> weight_map;
  for (std::size_t i = 0; i < shards.size(); ++i) {
    for (const NamedTensor& named : shards[i]) {
      weight_map[named.name] = shard_name(i + 1, shards.size());
      total_bytes += num_bytes(named.tensor);
    }
  }
  const nlohmann::json index = {{"metadata", {{"total_size", total_bytes}}},
                                {"weight_map", weight_map}};
  return index.dump(2) + "\n";
}

void remove_file(const fs::path& file) {
  std::error_code error;
  fs::remove(file, error);
  if (error) throw WeightsError(file, "cannot remove: " + error.message());
}

}  // namespace

Checkpoint Checkpoint::open(const fs::path& folder_or_file) {
  Checkpoint checkpoint(folder_or_file);
  std::error_code ignored;
  if (!fs::is_directory(folder_or_file, ignored)) {
    if (folder_or_file.extension() == ".json") {
      checkpoint.read_shards(folder_or_file);
    } else {
      checkpoint.add(SafetensorsFile(folder_or_file));
    }
  } else if (const fs::path index = folder_or_file / kIndexFile; fs::exists(index, ignored)) {
    checkpoint.read_shards(index);
  } else if (const fs::path single = folder_or_file / kSingleFile; fs::exists(single, ignored)) {
    checkpoint.add(SafetensorsFile(single));
  } else {
    const auto files = safetensors_files(folder_or_file);
    if (files.empty()) throw WeightsError(folder_or_file, "has no *.safetensors file");
    if (files.size() > 1) {
      std::vector<std::string> file_names;
      for (const fs::path& file : files) file_names.push_back(file.filename().string());
      throw WeightsError(folder_or_file, std::string("has several files and neither ") +
                                             kIndexFile + " nor " + kSingleFile + ": " +
                                             first_few(file_names));
    }
    checkpoint.add(SafetensorsFile(files.front()));
  }
  std::sort(checkpoint.names_.begin(), checkpoint.names_.end());
  return checkpoint;
}

void Checkpoint::read_shards(const fs::path& index) {
  const auto shards = read_index(index);
  std::unordered_map<std::string, const std::string*> shard_of;
  for (const auto& [shard, names] : shards) {
    for (const std::string& name : names) shard_of.emplace(name, &shard);
  }
  Problems problems;
  for (const auto& [shard, names] : shards) {
    std::optional<SafetensorsFile> file;
    try {
      file.emplace(index.parent_path() / shard);
    } catch (const WeightsError& error) {
      problems.texts.emplace_back(error.what());
      problems.names.insert(problems.names.end(), names.begin(), names.end());
      continue;
    }
    for (const std::string& name : names) {
      if (!file->contains(name)) problems.add(name, shard + " lacks " + name);
    }
    for (const std::string& name : file->names()) {
      const auto named = shard_of.find(name);
      if (named == shard_of.end()) {
        problems.add(name, name + " of " + shard + " is not in the index");
      } else if (*named->second != shard) {
        problems.add(name, name + " is in " + shard + ", the index has it in " + *named->second);
      }
    }
    add(std::move(*file));
  }
  problems.throw_if_any(index);
}

void Checkpoint::add(SafetensorsFile file) {
  for (const std::string& name : file.names()) {
    if (file_of_.emplace(name, files_.size()).second) names_.push_back(name);
  }
  files_.push_back(std::move(file));
}

const SafetensorsFile& Checkpoint::file_with(const std::string& name) const {
  const auto found = file_of_.find(name);
  if (found == file_of_.end()) throw WeightsError(path_, "has no tensor " + name, {name});
  return files_[found->second];
}

std::vector<fs::path> Checkpoint::files() const {
  std::vector<fs::path> files;
  for (const SafetensorsFile& file : files_) files.push_back(file.file());
  return files;
}

std::int64_t Checkpoint::total_bytes() const {
  std::int64_t bytes = 0;
  for (const std::string& name : names_) bytes += info(name).num_bytes;
  return bytes;
}

void require_tensors(const Checkpoint& checkpoint, std::span<const ExpectedTensor> expected,
                     std::span<const std::string> optional) {
  const std::unordered_set<std::string> tolerated(optional.begin(), optional.end());
  std::unordered_set<std::string> known = tolerated;
  std::vector<std::string> missing, wrong_shape, unexpected, names;
  for (const auto& [name, shape] : expected) {
    known.insert(name);
    if (!checkpoint.contains(name)) {
      if (tolerated.contains(name)) continue;
      missing.push_back(name);
      names.push_back(name);
    } else if (const auto& found = checkpoint.info(name).shape; found != shape) {
      wrong_shape.push_back(name + " is " + shape_text(found) + ", not " + shape_text(shape));
      names.push_back(name);
    }
  }
  for (const std::string& name : checkpoint.names()) {
    if (known.contains(name)) continue;
    unexpected.push_back(name);
    names.push_back(name);
  }
  if (names.empty()) return;
  std::string reason;
  const auto list = [&reason](const char* what, const std::vector<std::string>& items) {
    if (items.empty()) return;
    if (!reason.empty()) reason += "; ";
    reason += std::to_string(items.size()) + what + first_few(items);
  };
  list(" missing: ", missing);
  list(" of another shape: ", wrong_shape);
  list(" unexpected: ", unexpected);
  throw WeightsError(checkpoint.path(), reason, std::move(names));
}

void save_checkpoint(const fs::path& folder, std::span<const NamedTensor> tensors,
                     std::int64_t max_shard_bytes) {
  std::unordered_set<std::string> names;
  for (const auto& [name, tensor] : tensors) {
    if (names.insert(name).second) continue;
    throw WeightsError(folder, "cannot write: the name " + name + " stands twice", {name});
  }
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw WeightsError(folder, "cannot create: " + error.message());

  const auto shards = cut(tensors, max_shard_bytes);
  std::set<std::string> written;
  std::vector<AtomicFile> staged;
  bool overwrites = false;
  for (std::size_t i = 0; i < shards.size(); ++i) {
    const auto name = shard_name(i + 1, shards.size());
    overwrites |= fs::exists(folder / name, error);
    written.insert(name);
    staged.push_back(stage_safetensors(folder / name, shards[i], {{"format", "pt"}}));
  }
  const fs::path index = folder / kIndexFile;
  // An old index beside new files of the same names would read as a checkpoint.
  if (overwrites) {
    remove_file(index);
    sync_folder(folder);
  }
  for (AtomicFile& file : staged) file.commit();
  if (shards.size() > 1) {
    AtomicFile file(index);
    file.write(index_json(shards));
    file.commit();
  } else {
    remove_file(index);
  }
  for (const fs::path& file : safetensors_files(folder)) {
    const std::string name = file.filename().string();
    if (is_shard_name(name) && !written.contains(name)) remove_file(file);
  }
  sync_folder(folder);
}

}  // namespace dsocr::model
