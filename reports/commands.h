#pragma once

#include <CLI/CLI.hpp>
#include <iosfwd>

namespace dsocr::reports {

/// Adds `dsocr report render` to the command line; results go to `out`.
void add_commands(CLI::App& app, std::ostream& out);

}  // namespace dsocr::reports
