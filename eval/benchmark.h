#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "configs/schemas.h"
#include "reports/document.h"
#include "reports/manifest.h"
#include "reports/run_dir.h"

namespace dsocr::eval {

/// What a benchmark may write to while it runs.
struct BenchmarkRun {
  const reports::RunDir& dir;
  reports::Manifest& manifest;
};

/// What a benchmark found.
struct BenchmarkResult {
  reports::Document document;          // what is to be shown
  std::optional<std::string> failure;  // the run is complete, but `dsocr` has to exit with 1
};

/// A benchmark: reads its corpus, asks engines for transcripts, scores them. A number is comparable
/// only within one version.
struct Benchmark {
  std::string name;
  std::string version;
  std::string doc;
  std::string example;  // arguments for the help text
  configs::ConfigKind config;

  /// Takes a resolved config and reads every input that it names, without scoring. Throws what
  /// `run` would throw for them.
  std::function<void(const nlohmann::json& config)> check;

  /// Takes a resolved config; writes samples.jsonl and results.json into the run folder.
  std::function<BenchmarkResult(const nlohmann::json& config, const BenchmarkRun& run)> run;
};

}  // namespace dsocr::eval
