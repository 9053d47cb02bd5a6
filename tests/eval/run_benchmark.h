#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>

#include "eval/benchmarks/benchmarks.h"
#include "reports/files.h"
#include "tests/support/temp_dir.h"

namespace dsocr::test {

/// What a benchmark wrote and showed.
struct BenchmarkOutput {
  nlohmann::ordered_json results;
  std::string results_text;
  std::string samples_text;
  reports::Document document;
  std::optional<std::string> failure;
};

inline const eval::Benchmark& benchmark(const std::string& name) {
  for (const eval::Benchmark& entry : eval::benchmarks())
    if (entry.name == name) return entry;
  throw std::runtime_error("no benchmark " + name);
}

/// Resolves the config as the command line does and runs the benchmark in a fresh folder.
inline BenchmarkOutput run_benchmark(const std::string& name, const nlohmann::json& config) {
  const TempDir dir;
  const reports::RunDir run(dir.path() / "out", name);
  reports::Manifest manifest({"test"});
  BenchmarkOutput output;
  auto result = benchmark(name).run(benchmark(name).config.resolve(config), {run, manifest});
  output.document = std::move(result.document);
  output.failure = std::move(result.failure);
  output.results_text = reports::read_file(run.file("results.json"));
  output.results = nlohmann::ordered_json::parse(output.results_text);
  output.samples_text = reports::read_file(run.file("samples.jsonl"));
  return output;
}

}  // namespace dsocr::test
