#pragma once

#include <stdexcept>
#include <string>

namespace dsocr::configs {

/// The user's configuration or command line is wrong; `dsocr` exits with status 2 on it.
class ConfigError : public std::runtime_error {
 public:
  /// `path` is the JSON path of the offending value, `runs[2].mode`; empty when no single value is
  /// at fault (a file that cannot be read, say). what() is "config: runs[2].mode: <problem>".
  ConfigError(std::string path, const std::string& problem)
      : std::runtime_error("config: " + (path.empty() ? "" : path + ": ") + problem),
        path_(std::move(path)) {}

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace dsocr::configs
