#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace dsocr::reports {

/// The folder of one run. What it holds: config.resolved.json, manifest.json, results.json,
/// samples.jsonl, report.json and what is rendered from it.
class RunDir {
 public:
  /// Makes the folder; `out` empty means runs/NAME/UTC-TIME under the working folder, with a
  /// number behind it when that is taken.
  /// Throws std::runtime_error when a named one exists already or cannot be made: a run never
  /// writes over another.
  RunDir(const std::filesystem::path& out, const std::string& name);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path file(const std::string& name) const { return path_ / name; }
  void write_json(const std::string& name, const nlohmann::ordered_json& json) const;

 private:
  std::filesystem::path path_;
};

}  // namespace dsocr::reports
