#pragma once

#include <CLI/CLI.hpp>
#include <iosfwd>
#include <string>
#include <vector>

namespace dsocr::eval {

/// Adds `dsocr eval BENCHMARK` for every benchmark of the table; results go to `out`.
/// `command_line` is recorded in the manifest.
void add_commands(CLI::App& app, const std::vector<std::string>& command_line, std::ostream& out);

/// Adds `dsocr sweep`: its tables and the place of its report go to `out`.
void add_sweep_command(CLI::App& app, const std::vector<std::string>& command_line,
                       std::ostream& out);

/// Adds `dsocr read`: text and the place of the files go to `out`, bad pages to `err`.
void add_read_command(CLI::App& app, const std::vector<std::string>& command_line,
                      std::ostream& out, std::ostream& err);

}  // namespace dsocr::eval
