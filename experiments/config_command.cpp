#include "experiments/config_command.h"

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "configs/compose.h"
#include "configs/schemas.h"
#include "data/render/render_config.h"
#include "data/text/tokenizer_training.h"
#include "eval/benchmarks/benchmarks.h"
#include "eval/read/read.h"
#include "eval/sweep/config.h"
#include "model/config.h"
#include "train/run.h"

namespace dsocr {
namespace {

configs::ConfigTable config_table() {
  std::vector<configs::ConfigKind> kinds;
  for (const eval::Benchmark& benchmark : eval::benchmarks()) kinds.push_back(benchmark.config);
  kinds.push_back(eval::read_config_kind());
  kinds.push_back(eval::sweep_config_kind());
  kinds.push_back(train::train_config_kind());
  kinds.push_back(configs::make_config_kind<data::RenderConfig>("data.render",
                                                                "settings of `dsocr data render`"));
  kinds.push_back(configs::make_config_kind<data::TokenizerTrainingConfig>(
      "data.tokenizer", "settings of `dsocr data tokenizer train`"));
  kinds.push_back(
      configs::make_config_kind<model::ModelConfig>("model", "sizes of a network, presets/model"));
  return configs::ConfigTable(std::move(kinds));
}

struct Options {
  std::string kind;
  std::string file;
  std::vector<std::string> sets;
};

CLI::App* add(CLI::App& config, const char* name, const char* doc,
              const std::shared_ptr<Options>& options) {
  CLI::App* command = config.add_subcommand(name, doc);
  command->add_option("kind", options->kind, "Kind of config, such as eval.fox")->required();
  return command;
}

void add_input(CLI::App& command, const std::shared_ptr<Options>& options) {
  command.add_option("--config", options->file, "Config file");
  command.add_option("--set", options->sets, "Set a field: bootstrap.seed=1")
      ->type_name("KEY=VALUE");
}

nlohmann::ordered_json resolve(const Options& options) {
  return config_table().find(options.kind).resolve(configs::compose(options.file, options.sets));
}

}  // namespace

void add_config_command(CLI::App& app, std::ostream& out) {
  CLI::App* config = app.add_subcommand("config", "Show, check and explain configs");
  config->require_subcommand(1);
  std::string kinds = "Kinds:\n";
  const configs::ConfigTable table = config_table();
  for (const configs::ConfigKind& kind : table.kinds())
    kinds += "  " + kind.name + "  " + kind.doc + "\n";
  config->footer(kinds + "\nExample:\n  dsocr config explain eval.fox");

  const auto options = std::make_shared<Options>();
  CLI::App* show = add(*config, "show", "Print a config with every default filled in", options);
  add_input(*show, options);
  show->footer(
      "Example:\n  dsocr config show eval.fox --config experiments/001-fox-table2/config.json");
  show->callback([options, &out] { out << resolve(*options).dump(2) << "\n"; });

  CLI::App* check =
      add(*config, "check", "Check a config and every file it names, print its hash", options);
  add_input(*check, options);
  check->footer(
      "Example:\n  dsocr config check eval.fox --config experiments/000-demo/config.json --set "
      "data=experiments/000-demo/data");
  check->callback([options, &out] {
    const nlohmann::ordered_json resolved = resolve(*options);
    for (const eval::Benchmark& benchmark : eval::benchmarks())
      if (benchmark.config.name == options->kind) benchmark.check(resolved);
    out << "ok " << configs::config_hash(resolved) << "\n";
  });

  CLI::App* explain = add(*config, "explain", "List the fields of a kind of config", options);
  explain->footer("Example:\n  dsocr config explain eval.fox");
  explain->callback([options, &out] {
    const auto docs = config_table().find(options->kind).explain();
    out << configs::render_field_table(docs);
  });
}

}  // namespace dsocr
