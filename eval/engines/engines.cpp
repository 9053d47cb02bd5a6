#include "eval/engines/engines.h"

#include <array>
#include <vector>

#include "configs/error.h"
#include "configs/nearest.h"
#include "eval/engines/hash.h"
#include "eval/engines/replay.h"

namespace dsocr::eval {
namespace {

std::unique_ptr<OcrEngine> make_replay(const EngineSource& source) {
  if (source.predictions.empty())
    throw configs::ConfigError("runs", "the replay engine needs a predictions file");
  return std::make_unique<ReplayEngine>(source.predictions);
}

std::unique_ptr<OcrEngine> make_hash(const EngineSource& source) {
  if (!source.predictions.empty())
    throw configs::ConfigError("runs", "the hash engine takes no predictions");
  return std::make_unique<HashEngine>();
}

constexpr std::array kEngines{
    EngineEntry{"replay", "texts that a model wrote earlier, read from a file", make_replay},
    EngineEntry{"hash",
                "a text made from a hash of the page's name: tries a benchmark without a model",
                make_hash},
};

}  // namespace

std::span<const EngineEntry> engines() { return kEngines; }

std::unique_ptr<OcrEngine> make_engine(const std::string& name, const EngineSource& source) {
  std::vector<std::string> names;
  for (const EngineEntry& entry : kEngines) {
    if (entry.name == name) return entry.make(source);
    names.emplace_back(entry.name);
  }
  throw configs::ConfigError(
      "engine", "no engine is called '" + name + "'; " + configs::suggestion(name, names));
}

}  // namespace dsocr::eval
