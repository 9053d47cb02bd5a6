#include "eval/commands.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <ostream>

#include "configs/compose.h"
#include "configs/error.h"
#include "eval/benchmarks/benchmarks.h"
#include "eval/engines/engines.h"
#include "reports/render.h"
#include "reports/tables.h"

namespace dsocr::eval {
namespace {

using nlohmann::json;

// What the command line says; every flag but the first four is short for a --set.
struct Options {
  std::string config;
  std::vector<std::string> sets;
  std::string out;
  bool dry_run = false;

  std::string data;
  std::string gt;
  std::string version;
  std::string match;
  std::string engine;
  std::string model;
  std::string device;
  std::vector<std::string> predictions;
  std::vector<std::string> targets;
  std::vector<std::string> modes;
  bool official_args = false;
  bool corrected = false;
};

// The value for run `i`: none given, one for all, or one each.
const std::string* value_for(const std::vector<std::string>& values, size_t i, size_t runs,
                             const char* flag) {
  if (values.empty()) return nullptr;
  if (values.size() == 1) return &values[0];
  if (values.size() != runs)
    throw configs::ConfigError(
        "", std::string(flag) + " takes one value for all runs or one for each of the " +
                std::to_string(runs) + ", not " + std::to_string(values.size()));
  return &values[i];
}

// An engine that reads pages has a run for each mode, named after the checkpoint and the mode.
json model_runs(const Options& options) {
  json runs = json::array();
  const std::filesystem::path folder = std::filesystem::path(options.model + "/").parent_path();
  for (const std::string& mode :
       options.modes.empty() ? std::vector<std::string>{"base"} : options.modes)
    runs.push_back({{"name", folder.filename().string() + "_" + mode}, {"mode", mode}});
  return runs;
}

json runs_of(const Options& options) {
  json runs = json::array();
  for (size_t i = 0; i < options.predictions.size(); ++i) {
    json run{{"predictions", options.predictions[i]}};
    if (const auto* targets =
            value_for(options.targets, i, options.predictions.size(), "--targets"))
      run["targets"] = *targets;
    if (const auto* mode = value_for(options.modes, i, options.predictions.size(), "--mode"))
      run["mode"] = *mode;
    runs.push_back(run);
  }
  return runs;
}

// Flags come before --set, so that --set has the last word.
std::vector<std::string> all_sets(const Options& options) {
  std::vector<std::string> sets;
  if (!options.data.empty()) sets.push_back("data=" + json(options.data).dump());
  if (!options.gt.empty()) sets.push_back("gt=" + json(options.gt).dump());
  if (!options.version.empty()) sets.push_back("version=" + json(options.version).dump());
  if (!options.match.empty()) sets.push_back("match=" + json(options.match).dump());
  if (!options.engine.empty()) sets.push_back("engine=" + json(options.engine).dump());
  if (!options.model.empty()) sets.push_back("network.folder=" + json(options.model).dump());
  if (!options.device.empty()) sets.push_back("network.device=" + json(options.device).dump());
  if (!options.predictions.empty())
    sets.push_back("runs=" + runs_of(options).dump());
  else if (!options.model.empty() && (options.config.empty() || !options.modes.empty()))
    sets.push_back("runs=" + model_runs(options).dump());
  else if (!options.targets.empty() || (!options.modes.empty() && options.model.empty()))
    throw configs::ConfigError("",
                               "--targets goes with --predictions, --mode with that or --model");
  if (options.corrected) sets.push_back("corrected=true");
  if (options.official_args) sets.push_back("scoring.official_args=true");
  sets.insert(sets.end(), options.sets.begin(), options.sets.end());
  return sets;
}

void show(const reports::Document& document, const std::filesystem::path& folder,
          std::ostream& out) {
  out << document.title << "\n\n";
  for (const auto& [name, value] : document.facts) out << "  " << name << ": " << value << "\n";
  for (const reports::Table& table : document.tables)
    out << "\n" << table.title << "\n\n" << reports::to_text(table);
  if (!document.notes.empty()) out << "\n";
  for (const std::string& note : document.notes) out << "* " << note << "\n";
  out << "\nReport: " << (folder / "report.md").string() << "\n";
}

void run_benchmark(const Benchmark& benchmark, const Options& options,
                   const std::vector<std::string>& command_line, std::ostream& out) {
  const nlohmann::ordered_json resolved =
      benchmark.config.resolve(configs::compose(options.config, all_sets(options)));
  if (options.dry_run) {
    out << resolved.dump(2) << "\n";
    return;
  }
  if (resolved.contains("engine") && find_engine(resolved.at("engine")).needs_network)
    require_network();
  reports::Manifest manifest(command_line);
  manifest.set_config(benchmark.config.name, configs::config_hash(resolved));
  const reports::RunDir dir(options.out, benchmark.name);
  try {
    const BenchmarkResult result = benchmark.run(resolved, {dir, manifest});
    dir.write_json("config.resolved.json", resolved);
    dir.write_json("manifest.json", manifest.to_json());  // stays if drawing fails
    reports::write_document(result.document, dir.path());
    dir.write_json("manifest.json", manifest.to_json());
    show(result.document, dir.path(), out);
    if (result.failure) throw std::runtime_error(*result.failure);
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove(dir.path(), ignored);  // only a folder that nothing was written to
    throw;
  }
}

void add_benchmark(CLI::App& eval, const Benchmark& benchmark,
                   const std::vector<std::string>& command_line, std::ostream& out) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = eval.add_subcommand(benchmark.name, benchmark.doc);
  command->add_option(
      "--config", options->config,
      "Config file; `dsocr config explain " + benchmark.config.name + "` lists its fields");
  command->add_option("--set", options->sets, "Set a config field: scoring.meteor=off")
      ->type_name("KEY=VALUE");
  command->add_option(
      "--out", options->out,
      "Folder for the results; it must not exist. Default: runs/" + benchmark.name + "/TIME");
  command->add_flag("--dry-run", options->dry_run, "Print the resolved config and stop");

  const std::vector<configs::FieldDoc> fields = benchmark.config.explain();
  const auto has = [&](const char* path) {
    return std::any_of(fields.begin(), fields.end(),
                       [&](const configs::FieldDoc& field) { return field.path == path; });
  };
  if (has("data")) command->add_option("--data", options->data, "The benchmark's data");
  if (has("gt")) command->add_option("--gt", options->gt, "The benchmark's ground truth");
  if (has("version"))
    command->add_option("--version", options->version, "Official evaluator: 1.0, 1.5 or 1.7");
  if (has("match"))
    command->add_option("--match", options->match, "Pairing: quick, simple or no_split");
  if (has("engine"))
    command->add_option("--engine", options->engine, "What reads the pages; `dsocr ls` lists them");
  if (has("network")) {
    command->add_option("--model", options->model, "Checkpoint folder of engine model");
    command->add_option("--device", options->device, "cpu, cuda or cuda:N");
  }
  if (has("runs")) {
    command->add_option("--predictions", options->predictions,
                        "Predictions to score; several are several runs");
    if (has("runs[].targets"))
      command->add_option(
          "--targets", options->targets,
          "Texts to score against, for all runs or one each; 'clean': the benchmark's own");
    command->add_option("--mode", options->modes,
                        "Vision mode, for all runs or one each; default: from the file name");
  }
  if (has("scoring.official_args"))
    command->add_flag("--fox-official-args", options->official_args,
                      "Exchange target and prediction as the official script does");
  if (has("corrected"))
    command->add_flag("--corrected", options->corrected,
                      "Score once more without the evaluator's known defects");
  command->footer("Example:\n  dsocr eval " + benchmark.name + " " + benchmark.example);
  command->callback([&benchmark, options, command_line, &out] {
    run_benchmark(benchmark, *options, command_line, out);
  });
}

}  // namespace

void add_commands(CLI::App& app, const std::vector<std::string>& command_line, std::ostream& out) {
  CLI::App* eval = app.add_subcommand("eval", "Score what an engine reads on a benchmark");
  eval->require_subcommand(1);
  eval->footer("Example:\n  dsocr eval fox --help");
  for (const Benchmark& benchmark : benchmarks())
    add_benchmark(*eval, benchmark, command_line, out);
}

}  // namespace dsocr::eval
