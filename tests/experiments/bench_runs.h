#pragma once

#include <string>
#include <vector>

#include "tests/experiments/run_dsocr.h"
#include "tests/support/read_json.h"
#include "tests/support/temp_dir.h"

namespace dsocr::test {

/// `dsocr bench` on a small network with random weights, with its result in a folder.
class BenchRuns {
 public:
  /// `sets` change sizes of the preset "tiny".
  explicit BenchRuns(const std::vector<std::string>& sets = {}) {
    std::vector<std::string> command{"model",   "init",    "--preset", "tiny",
                                     "--dtype", "float32", "--out",    checkpoint()};
    for (const std::string& set : sets) command.insert(command.end(), {"--set", set});
    if (const Outcome made = run(command); made.status != 0) throw std::runtime_error(made.err);
  }

  std::string checkpoint() const { return (dir_.path() / "checkpoint").string(); }
  std::string out() const { return (dir_.path() / "out").string(); }

  /// One view of 512 x 512, one thread.
  Outcome bench(const std::string& stage, const std::vector<std::string>& more) const {
    std::vector<std::string> command{"bench", stage,       "--model", checkpoint(), "--mode",
                                     "tiny",  "--threads", "1",       "--out",      out()};
    command.insert(command.end(), more.begin(), more.end());
    return run(command);
  }
  nlohmann::json report() const { return read_json(std::filesystem::path(out()) / "report.json"); }
  nlohmann::json manifest() const {
    return read_json(std::filesystem::path(out()) / "manifest.json");
  }

 private:
  TempDir dir_;
};

}  // namespace dsocr::test
