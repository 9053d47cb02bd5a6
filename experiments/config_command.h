#pragma once

#include <CLI/CLI.hpp>
#include <iosfwd>

namespace dsocr {

/// Adds `dsocr config show|check|explain`.
void add_config_command(CLI::App& app, std::ostream& out);

}  // namespace dsocr
