#pragma once

#include <CLI/CLI.hpp>
#include <iosfwd>
#include <string>
#include <vector>

namespace dsocr {

/// Adds `dsocr bench`: stages timed beside a named Python reference in the same run.
void add_bench_command(CLI::App& app, const std::vector<std::string>& command_line,
                       std::ostream& out);

}  // namespace dsocr
