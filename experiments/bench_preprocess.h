#pragma once

#include <CLI/CLI.hpp>
#include <iosfwd>
#include <string>
#include <vector>

namespace dsocr {

/// Adds `dsocr bench preprocess`: the views of a decoded page, one thread, beside Pillow.
void add_preprocess_bench(CLI::App& bench, const std::vector<std::string>& command_line,
                          std::ostream& out);

}  // namespace dsocr
