#include <filesystem>
#include <memory>
#include <ostream>

#include "configs/compose.h"
#include "configs/error.h"
#include "configs/sha256.h"
#include "data/error.h"
#include "eval/commands.h"
#include "eval/engines/engines.h"
#include "eval/page_intervals.h"
#include "eval/runner.h"
#include "eval/sweep/report.h"
#include "reports/files.h"
#include "reports/manifest.h"
#include "reports/render.h"
#include "reports/run_dir.h"
#include "reports/tables.h"

namespace dsocr::eval {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

struct Options {
  std::string config;
  std::vector<std::string> sets;
  std::string out;
  std::string model;
  std::string device;
  std::string engine;
  std::string predictions;
  bool dry_run = false;
};

// Flags come before --set, so that --set has the last word.
std::vector<std::string> all_sets(const Options& options) {
  std::vector<std::string> sets;
  const auto add = [&](const char* field, const std::string& value) {
    if (!value.empty()) sets.push_back(std::string(field) + "=" + json(value).dump());
  };
  add("network.folder", options.model);
  add("network.device", options.device);
  add("engine", options.engine);
  add("predictions", options.predictions);
  sets.insert(sets.end(), options.sets.begin(), options.sets.end());
  return sets;
}

std::filesystem::path tokenizer_of(const SweepConfig& config) {
  if (!config.tokenizer.empty()) return config.tokenizer;
  const auto of_network = std::filesystem::path(config.network.folder) / "tokenizer.json";
  return !config.network.folder.empty() && std::filesystem::exists(of_network)
             ? of_network
             : data::default_tokenizer_file();
}

// As engine replay reads them: MODE.json, [{image, pred}].
void write_predictions(const SweepConfig& config, const SweepPages& sweep,
                       const std::vector<SweepScore>& scores, const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  for (const configs::VisionMode mode : config.modes) {
    ordered_json pages = ordered_json::array();
    for (size_t i = 0; i < scores.size(); ++i)
      if (sweep.cells[sweep.pages[i].cell].mode == mode)
        pages.push_back({{"image", sweep.pages[i].id}, {"pred", scores[i].reading}});
    const std::string name(configs::mode_name(mode));
    reports::write_file(folder / (name + ".json"), pages.dump(1) + "\n");
  }
}

void show(const reports::Document& document, const std::filesystem::path& folder,
          std::ostream& out) {
  out << document.title << "\n";
  for (const reports::Table& table : document.tables)
    if (table.name != "cells") out << "\n" << table.title << "\n\n" << reports::to_text(table);
  out << "\nReport: " << (folder / "report.html").string() << "\n";
}

void run(const Options& options, const std::vector<std::string>& command_line, std::ostream& out) {
  const configs::ConfigKind kind = sweep_config_kind();
  const ordered_json resolved = kind.resolve(configs::compose(options.config, all_sets(options)));
  if (options.dry_run) {
    out << resolved.dump(2) << "\n";
    return;
  }
  const auto config = configs::read_config<SweepConfig>(json(resolved));
  reports::Manifest manifest(command_line);
  manifest.set_config(kind.name, configs::config_hash(json(resolved)));
  manifest.set_seed("render", config.render.seed);
  manifest.set_seed("bootstrap", config.bootstrap.seed);
  manifest.set_device(config.network.device, num_threads(config.threads));
  const std::filesystem::path tokenizer_file = tokenizer_of(config);
  const data::Tokenizer tokenizer = data::Tokenizer::load(tokenizer_file);
  const Scorer scorer(config.scoring);
  // Made first, so that a model that cannot be read costs no pages.
  EngineSource source{.network = config.network, .threads = num_threads(config.threads)};
  const auto engine_of = [&](configs::VisionMode mode) {
    if (!config.predictions.empty())
      source.predictions = std::filesystem::path(config.predictions) /
                           (std::string(configs::mode_name(mode)) + ".json");
    source.mode = mode;
    return make_engine(config.engine, source);
  };
  for (const configs::VisionMode mode : config.modes)
    for (const auto& file : engine_of(mode)->inputs()) manifest.add_input(config.engine, file);
  manifest.add_input("tokenizer", tokenizer_file);
  for (const SweepText& text : config.texts)
    if (std::filesystem::is_regular_file(text.source)) manifest.add_input("text", text.source);

  const reports::RunDir dir(options.out, "sweep");
  SweepPages sweep;
  try {
    sweep = render_sweep(config, tokenizer, dir.file("pages"));
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove(dir.path(), ignored);  // only a folder that nothing was written to
    throw;
  }
  dir.write_json("config.resolved.json", resolved);
  if (sweep.pages.empty())
    throw std::runtime_error("no page holds what is asked for: " + sweep.cells.front().id() + ", " +
                             sweep.cells.front().missing);
  ordered_json engine;
  const std::vector<SweepScore> scores = score_sweep(config, sweep, scorer, engine_of, engine);
  write_predictions(config, sweep, scores, dir.file("predictions"));
  reports::LineWriter samples(dir.file("samples.jsonl"));
  for (size_t i = 0; i < scores.size(); ++i)
    samples.write(sample_json(sweep.cells[sweep.pages[i].cell], sweep.pages[i], scores[i]).dump());
  samples.close();

  ordered_json header = engine;
  header["tokenizer_sha256"] = configs::sha256_file(tokenizer_file);
  header["intervals"] = interval_text(config.bootstrap);
  ordered_json results{{"header", header}};
  results.update(summarise_sweep(config, sweep, scores));
  dir.write_json("results.json", results);
  dir.write_json("manifest.json", manifest.to_json());  // stays if drawing fails
  const reports::Document document = sweep_document(config, sweep, scores, results);
  reports::write_document(document, dir.path());
  dir.write_json("manifest.json", manifest.to_json());
  show(document, dir.path(), out);
}

}  // namespace

configs::ConfigKind sweep_config_kind() {
  return configs::make_config_kind<SweepConfig>("sweep", "settings of `dsocr sweep`");
}

void add_sweep_command(CLI::App& app, const std::vector<std::string>& command_line,
                       std::ostream& out) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("sweep", "Accuracy by compression ratio and size of type");
  command
      ->add_option("config", options->config,
                   "Config file; `dsocr config explain sweep` lists its fields")
      ->required();
  command->add_option("--model", options->model, "Checkpoint folder of engine model");
  command->add_option("--device", options->device, "cpu, cuda or cuda:N");
  command->add_option("--engine", options->engine, "What reads the pages; `dsocr ls` lists them");
  command->add_option("--predictions", options->predictions,
                      "Engine replay: folder with MODE.json, as a sweep writes it");
  command->add_option("--set", options->sets, "Set a config field: pages=4")
      ->type_name("KEY=VALUE");
  command->add_option("--out", options->out,
                      "Folder for the results; it must not exist. Default: runs/sweep/TIME");
  command->add_flag("--dry-run", options->dry_run, "Print the resolved config and stop");
  command->footer(
      "Example:\n  dsocr sweep experiments/001-nano/sweep.json --model experiments/001-nano/model");
  command->callback([options, command_line, &out] { run(*options, command_line, out); });
}

}  // namespace dsocr::eval
