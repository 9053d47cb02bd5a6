#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "train/recipes/self_training.h"
#include "train/validation.h"

namespace dsocr::train {

/// What `dsocr train` needs of other libraries.
struct TrainHooks {
  std::function<TextScorer()> make_scorer;  // called when a run reads pages
  SelfTrainingHooks self_training;
};

/// `dsocr train`. What happens on the way goes to `err`.
void add_train_command(CLI::App& app, const std::vector<std::string>& command_line,
                       const TrainHooks& hooks, std::ostream& out, std::ostream& err);

}  // namespace dsocr::train
