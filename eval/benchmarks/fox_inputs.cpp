#include "eval/benchmarks/fox_inputs.h"

#include <set>

#include "data/text/tokenizer.h"
#include "eval/engines/engines.h"
#include "eval/run_names.h"
#include "eval/runner.h"

namespace dsocr::eval {
namespace {

// A path of the config: as it stands, else under the data folder.
std::filesystem::path find_input(const FoxConfig& config, const std::string& path) {
  if (path.empty() || std::filesystem::exists(path)) return path;
  const auto inside = std::filesystem::path(config.data) / path;
  return std::filesystem::exists(inside) ? inside : std::filesystem::path(path);
}

}  // namespace

std::vector<RunConfig> resolve_runs(const std::vector<RunConfig>& runs) {
  std::vector<RunConfig> resolved = runs;
  std::set<std::string> names;
  for (size_t i = 0; i < resolved.size(); ++i) {
    RunConfig& run = resolved[i];
    run.name = run_name(run.name, run.predictions, i, names);
    std::optional<configs::VisionMode> named_mode;
    const std::string group = without_mode(run.name, named_mode);
    if (!run.mode) run.mode = named_mode;
    if (run.group.empty()) run.group = group;
  }
  return resolved;
}

FoxInputs load_fox(const FoxConfig& config) {
  FoxInputs inputs;
  inputs.runs = resolve_runs(config.runs);
  inputs.tokenizer = config.tokenizer.empty() ? data::default_tokenizer_file()
                                              : std::filesystem::path(config.tokenizer);
  inputs.files = {{"ground truth", std::filesystem::path(config.data) / "en_page_ocr.json"},
                  {"tokenizer", inputs.tokenizer}};
  const std::vector<data::FoxPage> clean = data::read_fox(config.data);
  inputs.pages[kFoxCleanTargets] = clean;
  EngineSource source{.network = config.network, .threads = num_threads(config.threads)};
  for (const RunConfig& run : inputs.runs) {
    if (!inputs.pages.contains(run.targets)) {
      const auto file = find_input(config, run.targets);
      inputs.pages[run.targets] = data::read_fox_texts(clean, file);
      inputs.files.emplace_back("targets", file);
    }
    std::vector<std::string> ids;
    for (const data::FoxPage& page : inputs.pages.at(run.targets)) ids.push_back(page.image);
    source.predictions = find_input(config, run.predictions);
    source.mode = run.mode;
    inputs.engines.push_back(make_engine(config.engine, source));
    inputs.engines.back()->check_pages(ids);
    for (const auto& file : inputs.engines.back()->inputs())
      inputs.files.emplace_back(config.engine, file);
  }
  return inputs;
}

}  // namespace dsocr::eval
