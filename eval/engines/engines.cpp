#include "eval/engines/engines.h"

#include <array>
#include <vector>

#include "configs/error.h"
#include "configs/nearest.h"
#include "eval/engines/hash.h"
#include "eval/engines/replay.h"
#include "eval/engines/replay_folder.h"

namespace dsocr::eval {
namespace {

std::unique_ptr<OcrEngine> make_replay(EngineSource& source) {
  if (source.predictions.empty())
    throw configs::ConfigError("runs", "the replay engine needs predictions");
  if (std::filesystem::is_directory(source.predictions))
    return std::make_unique<ReplayFolderEngine>(source.predictions);
  return std::make_unique<ReplayEngine>(source.predictions);
}

std::unique_ptr<OcrEngine> make_hash(EngineSource& source) {
  if (!source.predictions.empty())
    throw configs::ConfigError("runs", "the hash engine takes no predictions");
  return std::make_unique<HashEngine>();
}

constexpr std::array kEngines{
    EngineEntry{"model", "DeepSeek-OCR reads the page images: needs a checkpoint and a mode",
                make_model_engine, true},
    EngineEntry{"replay",
                "texts that a model wrote earlier, read from a file or a folder of Markdown files",
                make_replay},
    EngineEntry{"hash",
                "a text made from a hash of the page's name: tries a benchmark without a model",
                make_hash},
};

}  // namespace

std::span<const EngineEntry> engines() { return kEngines; }

const EngineEntry& find_engine(const std::string& name) {
  std::vector<std::string> names;
  for (const EngineEntry& entry : kEngines) {
    if (entry.name == name) return entry;
    names.emplace_back(entry.name);
  }
  throw configs::ConfigError(
      "engine", "no engine is called '" + name + "'; " + configs::suggestion(name, names));
}

std::unique_ptr<OcrEngine> make_engine(const std::string& name, EngineSource& source) {
  return find_engine(name).make(source);
}

}  // namespace dsocr::eval
