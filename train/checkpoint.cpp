#include "train/checkpoint.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "model/weights/load.h"
#include "reports/files.h"

namespace dsocr::train {
namespace {

using nlohmann::json;

std::string name_of(std::int64_t steps) {
  char name[32];
  std::snprintf(name, sizeof name, "step-%08lld", static_cast<long long>(steps));
  return name;
}

}  // namespace

std::filesystem::path Checkpoints::save(const model::DeepseekOcrImpl& model, const AdamW& optimizer,
                                        const RunState& state,
                                        const std::filesystem::path& tokenizer) {
  std::filesystem::path target = folder_ / name_of(state.steps);
  const std::filesystem::path unfinished = target.string() + ".unfinished";
  std::filesystem::remove_all(unfinished);
  try {
    std::filesystem::create_directories(unfinished);
    model::save_model(model, unfinished);
    reports::write_file(unfinished / "tokenizer.json", reports::read_file(tokenizer));
    model::write_safetensors(unfinished / "optimizer.safetensors", optimizer.state());
    reports::write_file(unfinished / "state.json", json{{"version", 1},
                                                        {"steps", state.steps},
                                                        {"num_tokens", state.num_tokens},
                                                        {"num_pages", state.num_pages},
                                                        {"data", state.data.to_json()}}
                                                           .dump(2) +
                                                       "\n");
    model::sync_folder(unfinished);
    std::filesystem::remove_all(target);  // of a run that was set back
    std::filesystem::rename(unfinished, target);
    model::sync_folder(folder_);
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove_all(unfinished, ignored);
    throw;
  }
  const auto checkpoints = all();
  for (std::size_t i = 0; i + static_cast<std::size_t>(keep_) < checkpoints.size(); ++i)
    std::filesystem::remove_all(checkpoints[i]);
  return target;
}

std::vector<std::filesystem::path> Checkpoints::all() const {
  std::vector<std::filesystem::path> found;
  if (!std::filesystem::exists(folder_)) return found;
  for (const auto& entry : std::filesystem::directory_iterator(folder_))
    if (entry.path().filename().string().starts_with("step-") && entry.path().extension().empty())
      found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

std::optional<std::filesystem::path> Checkpoints::newest() const {
  const auto checkpoints = all();
  return checkpoints.empty() ? std::nullopt : std::optional(checkpoints.back());
}

RunState restore(const std::filesystem::path& checkpoint, AdamW& optimizer) {
  const std::filesystem::path file = checkpoint / "state.json";
  RunState state;
  try {
    const json saved = json::parse(reports::read_file(file));
    if (saved.at("version") != 1)
      throw std::runtime_error(file.string() + ": is of another version of this program");
    state = {saved.at("steps"), saved.at("num_tokens"), saved.at("num_pages"),
             data::LoaderState::from_json(saved.at("data"))};
  } catch (const json::exception& error) {
    throw std::runtime_error(file.string() + ": is damaged: " + error.what());
  }
  optimizer.set_state(model::SafetensorsFile(checkpoint / "optimizer.safetensors"));
  return state;
}

}  // namespace dsocr::train
