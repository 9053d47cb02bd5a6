#include "experiments/run_app.h"

#include <ostream>

#include "configs/build_info.h"
#include "configs/error.h"
#include "configs/json_text.h"

namespace dsocr {
namespace {

constexpr int kOk = 0;
constexpr int kFailed = 1;
constexpr int kUsage = 2;

}  // namespace

int run_app(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err,
            const AddCommands& add) {
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
    add(app, command_line);
    app.parse(std::vector<std::string>(arguments.rbegin(),
                                       arguments.rend()));  // CLI11 takes them backwards
  } catch (const CLI::ParseError& error) {
    return app.exit(error, out, err) == 0 ? kOk : kUsage;
  } catch (const configs::ConfigError& error) {
    err << "dsocr: " << error.what() << "\n";
    return kUsage;
  }
  if (!out.flush()) {
    err << "dsocr: cannot write to standard output\n";
    return kFailed;
  }
  return kOk;
}

}  // namespace dsocr
