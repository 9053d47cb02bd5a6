#include "train/command.h"

#include <ATen/Parallel.h>

#include <chrono>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "configs/compose.h"
#include "configs/error.h"
#include "configs/json_reader.h"
#include "configs/view.h"
#include "reports/files.h"
#include "reports/run_dir.h"
#include "train/run.h"

namespace dsocr::train {
namespace {

using nlohmann::json;

struct Options {
  std::string config, model, mode, device, out, resume;
  std::vector<std::string> stores, sets;
  std::optional<std::int64_t> steps;
};

// Flags come before --set, so that --set has the last word.
std::vector<std::string> all_sets(const Options& options) {
  std::vector<std::string> sets;
  const auto add = [&](const char* field, const std::string& value) {
    if (!value.empty()) sets.push_back(std::string(field) + "=" + json(value).dump());
  };
  add("model", options.model);
  add("device", options.device);
  add("data.mode", options.mode);
  if (options.steps) sets.push_back("steps=" + std::to_string(*options.steps));
  if (!options.stores.empty()) {
    json sources = json::array();
    for (const std::string& store : options.stores) sources.push_back({{"file", store}});
    sets.push_back("data.sources=" + sources.dump());
  }
  sets.insert(sets.end(), options.sets.begin(), options.sets.end());
  return sets;
}

// A run goes on with the config that it began with.
json config_of(const Options& options) {
  if (options.resume.empty()) return configs::compose(options.config, all_sets(options));
  if (!options.config.empty() || !options.out.empty() || !all_sets(options).empty())
    throw configs::ConfigError("", "--resume goes on with the run's own config: give no other");
  return json::parse(
      reports::read_file(std::filesystem::path(options.resume) / "config.resolved.json"));
}

// All processes of a run write into one folder, which the first makes.
std::filesystem::path run_folder(const Options& options, const nlohmann::ordered_json& config,
                                 Group& group) {
  if (!options.resume.empty()) return options.resume;
  std::string made;
  if (group.rank() == 0) {
    const reports::RunDir dir(options.out, "train");
    dir.write_json("config.resolved.json", config);
    made = dir.path().string();
  }
  return group.all_gather(made, "the folder of the run")[0];
}

void run(const Options& options, const std::vector<std::string>& command_line,
         const TrainHooks& hooks, std::ostream& out, std::ostream& err) {
  const configs::ConfigKind kind = train_config_kind();
  const nlohmann::ordered_json resolved = kind.resolve(config_of(options));
  const auto config = configs::read_config<TrainConfig>(json(resolved));
  const auto timeout = std::chrono::milliseconds(std::llround(config.parallel.timeout_s * 1000));
  Group group(world_of_process(), timeout);
  const std::filesystem::path folder = run_folder(options, resolved, group);
  reports::Manifest manifest(command_line);
  manifest.set_config(kind.name, configs::config_hash(json(resolved)));
  manifest.set_seed("data", config.seed);
  manifest.set_device(config.device, static_cast<std::size_t>(at::get_num_threads()));
  for (const data::LoaderSource& source : config.data.sources)
    manifest.add_input("store", source.file);
  const TextScorer scorer = config.validation.read > 0 ? hooks.make_scorer() : TextScorer();
  if (config.self_training.unlabelled.empty()) {
    run_training(config, folder, scorer, group, manifest, out, err);
    return;
  }
  manifest.add_input("unlabelled", config.self_training.unlabelled);
  run_self_training(config, folder, hooks.self_training, scorer, group, manifest, out, err);
}

}  // namespace

void add_train_command(CLI::App& app, const std::vector<std::string>& command_line,
                       const TrainHooks& hooks, std::ostream& out, std::ostream& err) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("train", "Train a network on stores of pages");
  command->add_option("config", options->config,
                      "Config file or preset; `dsocr config explain train` lists its fields");
  command->add_option("--model", options->model, "Checkpoint folder to start from");
  command->add_option("--store", options->stores, "Stores to train on");
  command->add_option("--mode", options->mode, configs::mode_choice());
  command->add_option("--steps", options->steps, "Updates of the weights");
  command->add_option("--device", options->device, "cpu, cuda or cuda:N");
  command->add_option("--out", options->out, "Folder of the run; it must not exist");
  command->add_option("--resume", options->resume,
                      "Folder of a run to go on with, from its newest checkpoint");
  command->add_option("--set", options->sets, "Set a config field: optimizer.rate=2e-4")
      ->type_name("KEY=VALUE");
  command->footer(
      "Example:\n  dsocr train --model runs/tiny --store book.h5 --mode tiny --steps 200 --out "
      "runs/first");
  command->callback(
      [options, command_line, hooks, &out, &err] { run(*options, command_line, hooks, out, err); });
}

}  // namespace dsocr::train
