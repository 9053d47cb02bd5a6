#pragma once

#include <CLI/CLI.hpp>
#include <iosfwd>
#include <string>
#include <vector>

namespace dsocr {

/// Adds `dsocr bench train`: steps of the trainer beside the same network in plain PyTorch.
void add_train_bench(CLI::App& bench, const std::vector<std::string>& command_line,
                     std::ostream& out);

}  // namespace dsocr
