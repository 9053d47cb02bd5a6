#pragma once

#include <filesystem>
#include <iosfwd>
#include <stdexcept>
#include <string>
#include <vector>

#include "configs/schemas.h"
#include "reports/manifest.h"
#include "train/config.h"
#include "train/validation.h"

namespace dsocr::train {

configs::ConfigKind train_config_kind();

/// A run that was ended by SIGINT or SIGTERM, its checkpoint written.
class Interrupted : public std::runtime_error {
 public:
  explicit Interrupted(int signal);
  int signal() const { return signal_; }

 private:
  int signal_;
};

/// Trains to the last step, from the newest checkpoint in the folder if there is one. Writes
/// metrics.jsonl, events/, checkpoints/, manifest.json and the report into the folder. `scorer` may
/// be empty. Every process of the group calls it, the first writes. Returns the checkpoint of the
/// last step. Throws Interrupted and GroupError.
std::filesystem::path run_training(const TrainConfig& config, const std::filesystem::path& folder,
                                   const TextScorer& scorer, Group& group,
                                   reports::Manifest& manifest, std::ostream& out,
                                   std::ostream& err);

}  // namespace dsocr::train
