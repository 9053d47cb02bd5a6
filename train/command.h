#pragma once

#include <CLI/CLI.hpp>
#include <iosfwd>
#include <string>
#include <vector>

namespace dsocr::train {

/// `dsocr train`. What happens on the way goes to `err`.
void add_train_command(CLI::App& app, const std::vector<std::string>& command_line,
                       std::ostream& out, std::ostream& err);

}  // namespace dsocr::train
