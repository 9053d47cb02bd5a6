#pragma once

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <string>
#include <utility>
#include <vector>

#include "reports/manifest.h"
#include "train/config.h"
#include "train/parallel/group.h"
#include "train/validation.h"

namespace dsocr::train {

/// Numbers by name, in the order in which people read them.
using RoundNumbers = std::vector<std::pair<std::string, double>>;

/// What training does not know itself: who joins the libraries gives it.
struct SelfTrainingHooks {
  /// Labels the unlabelled pages into folder/labels.h5, or goes on with that, and says how many
  /// were kept and how good they are. `shared` keeps what does not depend on the round.
  std::function<RoundNumbers(const TrainConfig& config, const std::filesystem::path& teacher,
                             const std::filesystem::path& folder,
                             const std::filesystem::path& shared)>
      label;
  /// Reads the test pages with a model.
  std::function<RoundNumbers(const TrainConfig& config, const std::filesystem::path& model)> test;
};

/// Rounds in the folder: round-0 has the scores of the model at the start, round-N the labels, the
/// training run and the scores of the N-th; report.md has the rounds side by side. A run that was
/// killed goes on where it stood, to the same result. Every process of the group calls it; the
/// first labels and tests while the others wait. Throws what hooks and run_training() do, and
/// ConfigError for a config that contradicts itself.
void run_self_training(const TrainConfig& config, const std::filesystem::path& folder,
                       const SelfTrainingHooks& hooks, const TextScorer& scorer, Group& group,
                       reports::Manifest& manifest, std::ostream& out, std::ostream& err);

}  // namespace dsocr::train
