#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsocr::configs {

/// A program was not done in time and was ended.
class TimeoutError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What an outside program printed and how it ended.
struct ProcessResult {
  int exit_code = 0;
  std::string out;
  std::string err;
};

struct ProcessOptions {
  std::filesystem::path folder = {};                                // to run in; empty: this one's
  std::vector<std::pair<std::string, std::string>> variables = {};  // added to the environment
  std::chrono::milliseconds time_limit{0};                          // 0: none
};

/// Where `name` is in PATH, or empty.
std::filesystem::path find_program(const std::string& name);

/// Runs `argv[0]` (a path, or a name looked up in PATH) with `input` on its standard input and
/// waits. May be called by several threads at once. Throws std::runtime_error when the program
/// cannot be found or started, and TimeoutError when it is not done in time: then it and all that
/// it started in its process group are killed.
ProcessResult run_process(const std::vector<std::string>& argv, std::string_view input = {},
                          const ProcessOptions& options = {});

/// A program that keeps running and is talked to in lines, by one thread at a time.
class Conversation {
 public:
  /// Starts it. Throws as run_process() does.
  explicit Conversation(const std::vector<std::string>& argv);
  /// Closes its input. When it has not ended kGraceTime later, it and all that it started in its
  /// process group are killed.
  ~Conversation();
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

  /// Both throw std::runtime_error with what it wrote to its standard error when it has ended, and
  /// TimeoutError when it has not taken the line, or answered, within `limit` (0: none): then it
  /// and all that it started in its process group are killed.
  void write_line(std::string_view line, std::chrono::milliseconds limit = {});
  std::string read_line(std::chrono::milliseconds limit = {});

  static constexpr std::chrono::seconds kGraceTime{3};

 private:
  struct Parts;
  void run_until(const bool& done, std::chrono::milliseconds limit);
  void end();
  [[noreturn]] void fail();

  std::unique_ptr<Parts> parts_;
};

}  // namespace dsocr::configs
