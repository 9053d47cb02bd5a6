#pragma once

#include <CLI/CLI.hpp>
#include <iosfwd>
#include <string>
#include <vector>

namespace dsocr {

/// `dsocr model init|merge|convert|grow|info|verify`.
void add_model_command(CLI::App& app, const std::vector<std::string>& command_line,
                       std::ostream& out);

}  // namespace dsocr
