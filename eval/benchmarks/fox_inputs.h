#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "data/corpora/fox.h"
#include "eval/benchmarks/fox.h"
#include "eval/engine.h"

namespace dsocr::eval {

/// The name of the benchmark's own texts among the targets.
inline constexpr const char* kFoxCleanTargets = "clean";

/// Everything that a config names, read and found to fit together.
struct FoxInputs {
  std::vector<RunConfig> runs;                              // name, mode and group resolved
  std::vector<std::unique_ptr<OcrEngine>> engines;          // one per run
  std::map<std::string, std::vector<data::FoxPage>> pages;  // by the runs' `targets`, and "clean"
  std::filesystem::path tokenizer;
  std::vector<std::pair<std::string, std::filesystem::path>> files;  // role and file of every input
};

/// Fills in name, mode and group where the config leaves them to be derived; names must differ.
/// Throws configs::ConfigError.
std::vector<RunConfig> resolve_runs(const std::vector<RunConfig>& runs);

/// Reads the corpus and the targets, makes the engines and has them check their pages: whatever can
/// be wrong with the input is found before the first page is scored.
/// Throws data::DataError for files that cannot be read or do not fit together.
FoxInputs load_fox(const FoxConfig& config);

}  // namespace dsocr::eval
