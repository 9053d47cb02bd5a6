#include "experiments/cli.h"

#include <c10/util/Exception.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <ostream>

#include "eval/commands.h"
#include "experiments/bench.h"
#include "experiments/config_command.h"
#include "experiments/data_command.h"
#include "experiments/ls_command.h"
#include "experiments/model_command.h"
#include "experiments/run_app.h"
#include "experiments/self_training_hooks.h"
#include "experiments/train_scores.h"
#include "reports/commands.h"
#include "train/command.h"
#include "train/run.h"

namespace dsocr {
namespace {

constexpr int kFailed = 1;

void add_all(CLI::App& app, const std::vector<std::string>& command_line, std::ostream& out,
             std::ostream& err) {
  eval::add_read_command(app, command_line, out, err);
  eval::add_commands(app, command_line, out);
  eval::add_sweep_command(app, command_line, out);
  train::add_train_command(
      app, command_line,
      {.make_scorer = train_scorer, .self_training = self_training_hooks(command_line, out, err)},
      out, err);
  add_data_command(app, command_line, out, err);
  add_model_command(app, command_line, out);
  reports::add_commands(app, out);
  add_bench_command(app, command_line, out);
  add_config_command(app, out);
  add_ls_command(app, out);
}

}  // namespace

int run_cli(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err) {
  try {
    return run_app(arguments, out, err,
                   [&](CLI::App& app, const std::vector<std::string>& command_line) {
                     add_all(app, command_line, out, err);
                   });
  } catch (const train::Interrupted& error) {
    err << "dsocr: " << error.what() << "\n";
    return 128 + error.signal();
  } catch (const c10::Error& error) {
    err << "dsocr: " << error.what_without_backtrace() << "\n";
  } catch (const std::exception& error) {
    err << "dsocr: " << error.what() << "\n";
  }
  return kFailed;
}

}  // namespace dsocr
