#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "train/validation.h"

namespace dsocr::train {

/// `dsocr train`. The scorer is made when a run reads pages; what happens on the way goes to `err`.
void add_train_command(CLI::App& app, const std::vector<std::string>& command_line,
                       const std::function<TextScorer()>& make_scorer, std::ostream& out,
                       std::ostream& err);

}  // namespace dsocr::train
