#include "model/grow.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "model/error.h"
#include "model/weights/checkpoint.h"

namespace dsocr::model {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr std::array kTables{"model.embed_tokens.weight", "lm_head.weight"};
constexpr std::array kNotCopied{"config.json", "tokenizer.json", "state.json", "README.md",
                                "model.safetensors.index.json"};

at::Tensor mean_row(const at::Tensor& rows) { return rows.to(at::kDouble).mean(0); }

/// A table [rows, width] with its new rows.
at::Tensor grown(const at::Tensor& table, std::int64_t rows, const VocabularyGrowth& growth) {
  at::Tensor result = at::empty({rows, table.size(1)}, table.options());
  result.narrow(0, 0, table.size(0)).copy_(table);
  if (rows > table.size(0))
    result.narrow(0, table.size(0), rows - table.size(0))
        .copy_(mean_row(table.narrow(0, 0, growth.first_id)));
  for (std::size_t i = 0; i < growth.old_ids.size(); ++i) {
    if (growth.old_ids[i].empty()) continue;
    const std::vector<std::int64_t> ids(growth.old_ids[i].begin(), growth.old_ids[i].end());
    const at::Tensor pieces = table.index_select(0, at::tensor(ids, at::kLong));
    result[growth.first_id + static_cast<std::int64_t>(i)].copy_(mean_row(pieces));
  }
  return result;
}

std::int64_t rows_of(const Checkpoint& checkpoint, const VocabularyGrowth& growth) {
  const std::int64_t before = checkpoint.info(kTables[0]).shape.at(0);
  for (const char* name : kTables) {
    const auto& shape = checkpoint.info(name).shape;
    if (shape.size() != 2 || shape[0] != before)
      throw WeightsError(checkpoint.path(), std::string(name) + " has not the rows of the other",
                         {name});
  }
  if (growth.first_id < 1 || growth.first_id > before)
    throw WeightsError(checkpoint.path(), std::to_string(before) + " rows are not those of " +
                                              std::to_string(growth.first_id) + " ids");
  for (const auto& ids : growth.old_ids)
    for (const std::int32_t id : ids)
      if (id < 0 || id >= growth.first_id)
        throw WeightsError(checkpoint.path(), "has no row for the id " + std::to_string(id));
  return std::max(before, (growth.num_ids() + kRowGroup - 1) / kRowGroup * kRowGroup);
}

ordered_json read_config(const fs::path& file) {
  std::ifstream in(file);
  if (!in) throw WeightsError(file, "cannot open");
  ordered_json config = ordered_json::parse(in, nullptr, /*allow_exceptions=*/false);
  if (!config.is_object()) throw WeightsError(file, "is not a JSON object");
  return config;
}

void write_config(const fs::path& file, ordered_json config, std::int64_t rows) {
  config["vocab_size"] = rows;
  const auto language = config.find("language_config");
  if (language != config.end() && language->is_object() && language->contains("vocab_size"))
    (*language)["vocab_size"] = rows;
  AtomicFile out(file);
  out.write(config.dump(2) + "\n");
  out.commit();
}

void copy_others(const fs::path& folder, const fs::path& out) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    const fs::path name = entry.path().filename();
    const bool left_out =
        name.extension() == ".safetensors" ||
        std::find(kNotCopied.begin(), kNotCopied.end(), name.string()) != kNotCopied.end();
    if (entry.is_regular_file() && !left_out) fs::copy_file(entry.path(), out / name);
  }
}

}  // namespace

std::int64_t grow_vocabulary(const fs::path& folder, const fs::path& out,
                             const VocabularyGrowth& growth) {
  if (fs::exists(out)) throw WeightsError(out, "exists already");
  const ordered_json config = read_config(folder / "config.json");
  const Checkpoint checkpoint = Checkpoint::open(folder);
  const std::int64_t rows = rows_of(checkpoint, growth);
  std::vector<NamedTensor> tensors;
  for (const fs::path& path : checkpoint.files()) {
    const SafetensorsFile file(path);
    for (const std::string& name : file.names()) {
      const at::Tensor tensor = file.tensor(name);
      const bool is_table = std::find(kTables.begin(), kTables.end(), name) != kTables.end();
      tensors.push_back({name, is_table ? grown(tensor, rows, growth) : tensor});
    }
  }
  save_checkpoint(out, tensors);
  try {
    copy_others(folder, out);
  } catch (const fs::filesystem_error& error) {
    throw WeightsError(out, error.what());
  }
  write_config(out / "config.json", config, rows);
  return rows;
}

}  // namespace dsocr::model
