#pragma once

#include <CLI/CLI.hpp>
#include <iosfwd>
#include <string>
#include <vector>

namespace dsocr {

/// `dsocr bench loader`.
void add_loader_bench(CLI::App& bench, const std::vector<std::string>& command_line,
                      std::ostream& out);

}  // namespace dsocr
