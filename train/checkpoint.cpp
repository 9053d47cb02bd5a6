#include "train/checkpoint.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "model/lora.h"
#include "model/weights/load.h"
#include "reports/files.h"

namespace dsocr::train {
namespace {

using nlohmann::json;

constexpr int kVersion = 1;

std::string name_of(std::int64_t steps) {
  char name[32];
  std::snprintf(name, sizeof name, "step-%08lld", static_cast<long long>(steps));
  return name;
}

}  // namespace

void Checkpoints::write_weights(const model::DeepseekOcrImpl& model,
                                const std::filesystem::path& folder) const {
  std::filesystem::create_directories(folder);
  if (model.lora)
    model::save_lora(model, files_.base, folder);
  else
    model::save_model(model, folder);
  reports::write_file(folder / "tokenizer.json", reports::read_file(files_.tokenizer));
  model::sync_folder(folder);
}

template <class Write>
void Checkpoints::replace(const std::filesystem::path& target, Write write) const {
  const std::filesystem::path unfinished = target.string() + ".unfinished";
  const std::filesystem::path old = target.string() + ".old";
  try {
    std::filesystem::remove_all(unfinished);
    std::filesystem::create_directories(unfinished);
    write(unfinished);
    model::sync_folder(unfinished);
    std::filesystem::remove_all(old);
    if (std::filesystem::exists(target)) std::filesystem::rename(target, old);
    std::filesystem::rename(unfinished, target);
    model::sync_folder(files_.folder);
    std::filesystem::remove_all(old);
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove_all(unfinished, ignored);
    throw;
  }
}

void Checkpoints::save(const model::DeepseekOcrImpl& model, const AdamW& optimizer,
                       WeightAverage* average, const GlyphHeads& heads, const RunState& state) {
  const std::vector<model::NamedTensor> optimizer_state = optimizer.state();
  if (!writes_) return;
  json data = json::array();
  for (const data::LoaderState& process : state.data) data.push_back(process.to_json());
  replace(files_.folder / name_of(state.steps), [&](const std::filesystem::path& folder) {
    write_weights(model, folder);
    if (average) {
      model::write_safetensors(folder / "average.safetensors", average->state());
      const WeightAverage::InPlace in_place(average);
      write_weights(model, folder / "average");
    }
    model::write_safetensors(folder / "optimizer.safetensors", optimizer_state);
    if (heads) save_glyph_heads(heads, folder);
    json saved{{"version", kVersion},
               {"steps", state.steps},
               {"num_tokens", state.num_tokens},
               {"num_pages", state.num_pages},
               {"data", data}};
    if (state.best_loss) saved["best_loss"] = *state.best_loss;
    reports::write_file(folder / "state.json", saved.dump(2) + "\n");
  });
  const auto checkpoints = all();
  for (std::size_t i = 0; i + static_cast<std::size_t>(keep_) < checkpoints.size(); ++i)
    std::filesystem::remove_all(checkpoints[i]);
}

void Checkpoints::save_best(const model::DeepseekOcrImpl& model) {
  if (!writes_) return;
  replace(files_.folder / "best",
          [&](const std::filesystem::path& folder) { write_weights(model, folder); });
}

std::vector<std::filesystem::path> Checkpoints::all() const {
  std::vector<std::filesystem::path> found;
  if (!std::filesystem::exists(files_.folder)) return found;
  for (const auto& entry : std::filesystem::directory_iterator(files_.folder))
    if (entry.path().filename().string().starts_with("step-") && entry.path().extension().empty())
      found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

std::optional<std::filesystem::path> Checkpoints::newest() const {
  const auto checkpoints = all();
  return checkpoints.empty() ? std::nullopt : std::optional(checkpoints.back());
}

RunState restore(const std::filesystem::path& checkpoint, AdamW& optimizer,
                 WeightAverage* average) {
  const std::filesystem::path file = checkpoint / "state.json";
  RunState state;
  try {
    const json saved = json::parse(reports::read_file(file));
    if (saved.at("version") != kVersion)
      throw std::runtime_error(file.string() + ": is of another version of this program");
    state = {.steps = saved.at("steps"),
             .num_tokens = saved.at("num_tokens"),
             .num_pages = saved.at("num_pages"),
             .data = {}};
    for (const json& process : saved.at("data"))
      state.data.push_back(data::LoaderState::from_json(process));
    if (saved.contains("best_loss")) state.best_loss = saved["best_loss"].get<double>();
  } catch (const json::exception& error) {
    throw std::runtime_error(file.string() + ": is damaged: " + error.what());
  }
  optimizer.set_state(model::SafetensorsFile(checkpoint / "optimizer.safetensors"));
  if (average) average->set_state(model::SafetensorsFile(checkpoint / "average.safetensors"));
  return state;
}

}  // namespace dsocr::train
