// The program that people start. libtorch takes half a second to load, which is most of the time
// that scoring a benchmark needs, so that commands which work on texts alone run here, and for all
// others this program turns into `dsocr-network`, which stands beside it and has every command.
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <stdexcept>

#include "eval/commands.h"
#include "eval/engines/engines.h"
#include "experiments/run_app.h"
#include "reports/commands.h"

namespace {

char** command_line;

// Never returns.
[[noreturn]] void become_network_program() {
  const auto program =
      std::filesystem::read_symlink("/proc/self/exe").parent_path() / "dsocr-network";
  ::execv(program.c_str(), command_line);
  throw std::runtime_error("cannot start " + program.string() + ": " + std::strerror(errno));
}

bool works_on_texts(int argc, char** argv) {
  if (argc < 2) return false;
  const std::string_view command = argv[1];
  return command == "eval" || command == "report" || command == "--version";
}

}  // namespace

// This program's own: networks are the other program's.
void dsocr::eval::require_network() { become_network_program(); }

std::unique_ptr<dsocr::eval::OcrEngine> dsocr::eval::make_model_engine(EngineSource&) {
  throw std::logic_error("a network without require_network()");
}

int main(int argc, char** argv) {
  command_line = argv;
  try {
    if (!works_on_texts(argc, argv)) become_network_program();
    return dsocr::run_app(std::vector<std::string>(argv + 1, argv + argc), std::cout, std::cerr,
                          [](CLI::App& app, const std::vector<std::string>& arguments) {
                            dsocr::eval::add_commands(app, arguments, std::cout);
                            dsocr::reports::add_commands(app, std::cout);
                          });
  } catch (const std::exception& error) {
    std::cerr << "dsocr: " << error.what() << "\n";
    return 1;
  }
}
