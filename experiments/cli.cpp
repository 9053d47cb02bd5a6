#include "experiments/cli.h"

#include <c10/util/Exception.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <ostream>

#include "configs/build_info.h"
#include "configs/error.h"
#include "configs/json_text.h"
#include "eval/commands.h"
#include "experiments/bench.h"
#include "experiments/config_command.h"
#include "experiments/data_command.h"
#include "experiments/ls_command.h"
#include "experiments/model_command.h"
#include "experiments/train_scores.h"
#include "reports/commands.h"
#include "train/command.h"
#include "train/run.h"

namespace dsocr {
namespace {

constexpr int kOk = 0;
constexpr int kFailed = 1;
constexpr int kUsage = 2;

void add_all(CLI::App& app, const std::vector<std::string>& command_line, std::ostream& out,
             std::ostream& err) {
  eval::add_read_command(app, command_line, out, err);
  eval::add_commands(app, command_line, out);
  eval::add_sweep_command(app, command_line, out);
  train::add_train_command(app, command_line, train_scorer, out, err);
  add_data_command(app, command_line, out, err);
  add_model_command(app, command_line, out);
  reports::add_commands(app, out);
  add_bench_command(app, command_line, out);
  add_config_command(app, out);
  add_ls_command(app, out);
}

}  // namespace

int run_cli(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err) {
  CLI::App app("Optical context compression: train and evaluate DeepSeek-OCR.", "dsocr");
  app.require_subcommand(1);
  app.set_version_flag("--version", configs::build_info().version + " (" +
                                        configs::build_info().commit.substr(0, 12) + ")");
  app.footer("Every command explains itself: dsocr eval fox --help");
  std::vector<std::string> command_line{"dsocr"};
  command_line.insert(command_line.end(), arguments.begin(), arguments.end());
  for (const std::string& argument : arguments) {
    if (!configs::find_invalid_utf8(argument)) continue;
    err << "dsocr: an argument is not valid UTF-8\n";
    return kUsage;
  }
  try {
    add_all(app, command_line, out, err);
    app.parse(std::vector<std::string>(arguments.rbegin(),
                                       arguments.rend()));  // CLI11 takes them backwards
  } catch (const CLI::ParseError& error) {
    return app.exit(error, out, err) == 0 ? kOk : kUsage;
  } catch (const configs::ConfigError& error) {
    err << "dsocr: " << error.what() << "\n";
    return kUsage;
  } catch (const train::Interrupted& error) {
    err << "dsocr: " << error.what() << "\n";
    return 128 + error.signal();
  } catch (const c10::Error& error) {
    err << "dsocr: " << error.what_without_backtrace() << "\n";
    return kFailed;
  } catch (const std::exception& error) {
    err << "dsocr: " << error.what() << "\n";
    return kFailed;
  }
  if (!out.flush()) {
    err << "dsocr: cannot write to standard output\n";
    return kFailed;
  }
  return kOk;
}

}  // namespace dsocr
