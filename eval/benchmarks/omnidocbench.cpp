#include "eval/benchmarks/omnidocbench.h"

#include "eval/benchmarks/omnidocbench_report.h"
#include "eval/benchmarks/omnidocbench_score.h"
#include "eval/normalize/unicode.h"
#include "eval/page_intervals.h"
#include "eval/runner.h"
#include "reports/files.h"

namespace dsocr::eval {
namespace {

using nlohmann::ordered_json;

constexpr const char* kVersion = "1.0";

template <class Enum>
std::string name_of(Enum value) {
  for (const auto& [name, known] : enum_names(value))
    if (known == value) return std::string(name);
  return {};
}

ordered_json header(const OmniDocBenchConfig& config, const OmniDocBenchInputs& inputs,
                    const std::vector<OmniDocBenchRun>& runs) {
  ordered_json json{{"evaluator", "v" + name_of(config.version)},
                    {"match", name_of(config.match)},
                    {"pages", inputs.pages.size()}};
  json.update(runs.front().engine);
  json.erase("unused_files");  // these are of one run
  json.erase("predictions_sha256");
  json["intervals"] = interval_text(config.bootstrap);
  return json;
}

void write_rows(const std::vector<OmniDocBenchRun>& runs, omnidocbench::Version version,
                const reports::RunDir& dir) {
  reports::LineWriter samples(dir.file("samples.jsonl"));
  for (const OmniDocBenchRun& run : runs)
    for (const ordered_json& row : omnidocbench_rows(run, version)) samples.write(row.dump());
  samples.close();
}

// What was scored, so that the official tool can score the same folder.
void write_pages(const OmniDocBenchRun& run, const reports::RunDir& dir) {
  const auto folder = dir.file("predictions") / run.config.name;
  std::filesystem::create_directories(folder);
  for (const OmniDocBenchPage& page : run.pages)
    if (page.scored)
      reports::write_file(folder / (page.image.substr(0, page.image.size() - 4) + ".md"),
                          page.markdown);
}

BenchmarkResult run_omnidocbench(const nlohmann::json& json, const BenchmarkRun& run) {
  const auto config = configs::read_config<OmniDocBenchConfig>(json);
  const OmniDocBenchInputs inputs = load_omnidocbench(config);
  for (const auto& [role, file] : inputs.files) run.manifest.add_input(role, file);
  run.manifest.set_seed("bootstrap", config.bootstrap.seed);
  run.manifest.set_device("cpu", num_threads(config.threads));
  run.manifest.set_version("unicode", metrics::unicode_version());

  std::vector<OmniDocBenchRun> runs = score_omnidocbench(config, inputs);
  const std::string no_cdm = add_cdm(runs, config);
  write_rows(runs, config.version, run.dir);
  ordered_json results{{"benchmark", "omnidocbench"},
                       {"version", kVersion},
                       {"header", header(config, inputs, runs)}};
  if (!no_cdm.empty()) results["no_cdm"] = no_cdm;
  results["runs"] = ordered_json::array();
  for (const OmniDocBenchRun& scored : runs) {
    if (config.engine == "model") write_pages(scored, run.dir);
    results["runs"].push_back(summarise_omnidocbench(scored, config));
  }
  run.dir.write_json("results.json", results);
  return {omnidocbench_document(results), std::nullopt};
}

}  // namespace

Benchmark omnidocbench_benchmark() {
  return {.name = "omnidocbench",
          .version = kVersion,
          .doc =
              "OmniDocBench: text, formulas, tables and reading order of parsed pages, with the "
              "digits of the official evaluators v1.0, v1.5 and v1.6/1.7",
          .example = "--gt OmniDocBench.json --predictions markdown/ --version 1.5",
          .config = configs::make_config_kind<OmniDocBenchConfig>(
              "eval.omnidocbench", "settings of `dsocr eval omnidocbench`"),
          .check =
              [](const nlohmann::json& json) {
                load_omnidocbench(configs::read_config<OmniDocBenchConfig>(json));
              },
          .run = run_omnidocbench};
}

}  // namespace dsocr::eval
