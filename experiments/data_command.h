#pragma once

#include <CLI/CLI.hpp>
#include <iosfwd>
#include <string>
#include <vector>

namespace dsocr {

/// `dsocr data pack|render|inspect|stats|verify|export`. Skipped pages go to `err`.
void add_data_command(CLI::App& app, const std::vector<std::string>& command_line,
                      std::ostream& out, std::ostream& err);

}  // namespace dsocr
