#pragma once

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace dsocr::reports {

/// How a result came to be: enough to do it again and to see why another run differs.
class Manifest {
 public:
  /// Starts the clock. `command` is the command line as typed.
  explicit Manifest(std::vector<std::string> command);

  /// A file that the result depends on; its size and SHA-256 are taken now.
  /// Throws std::runtime_error naming the file when it cannot be read.
  void add_input(const std::string& role, const std::filesystem::path& file);
  void set_config(const std::string& name, const std::string& sha256);
  void set_seed(const std::string& stage, uint64_t seed);
  void set_version(const std::string& name, const std::string& version);
  void set_device(const std::string& device, size_t threads);

  /// Everything above, the binary's provenance, library versions, the machine, wall time so far
  /// (s) and peak resident memory (bytes).
  nlohmann::ordered_json to_json() const;

  double seconds() const;

 private:
  std::chrono::system_clock::time_point started_ = std::chrono::system_clock::now();
  std::chrono::steady_clock::time_point clock_ = std::chrono::steady_clock::now();
  nlohmann::ordered_json json_;
};

/// Peak resident memory of this process, bytes.
uint64_t peak_memory_bytes();

}  // namespace dsocr::reports
