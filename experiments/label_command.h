#pragma once

#include <CLI/CLI.hpp>
#include <iosfwd>
#include <string>
#include <vector>

namespace dsocr {

/// `dsocr data label`, with `label report` and `label calibrate` below it.
void add_label_command(CLI::App& app, const std::vector<std::string>& command_line,
                       std::ostream& out, std::ostream& err);

}  // namespace dsocr
