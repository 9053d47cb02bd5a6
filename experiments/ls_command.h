#pragma once

#include <CLI/CLI.hpp>
#include <iosfwd>

namespace dsocr {

/// Adds `dsocr ls`: the benchmarks, engines and vision modes of this binary.
void add_ls_command(CLI::App& app, std::ostream& out);

}  // namespace dsocr
