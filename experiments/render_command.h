#pragma once

#include <CLI/CLI.hpp>
#include <iosfwd>
#include <string>
#include <vector>

namespace dsocr {

/// `dsocr data render`. Skipped pages go to `err`.
void add_render_command(CLI::App& app, const std::vector<std::string>& command_line,
                        std::ostream& out, std::ostream& err);

}  // namespace dsocr
