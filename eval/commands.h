#pragma once

#include <CLI/CLI.hpp>
#include <iosfwd>
#include <string>
#include <vector>

namespace dsocr::eval {

/// Adds `dsocr eval BENCHMARK` for every benchmark of the table; results go to `out`.
/// `command_line` is recorded in the manifest.
void add_commands(CLI::App& app, const std::vector<std::string>& command_line, std::ostream& out);

}  // namespace dsocr::eval
