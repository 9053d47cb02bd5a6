#pragma once

#include <CLI/CLI.hpp>
#include <iosfwd>
#include <string>
#include <vector>

namespace dsocr {

/// Adds `dsocr bench encode|decode`: a checkpoint's network beside transformers' class of it.
void add_model_benches(CLI::App& bench, const std::vector<std::string>& command_line,
                       std::ostream& out);

}  // namespace dsocr
