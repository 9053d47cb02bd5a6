#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dsocr::reports {

/// What an outside program printed and how it ended.
struct ProcessResult {
  int exit_code = 0;
  std::string out;
  std::string err;
};

/// Runs `argv[0]` (a path, or a name looked up in PATH) with `input` on its standard input and
/// waits. Throws std::runtime_error when the program cannot be found or started.
ProcessResult run_process(const std::vector<std::string>& argv, std::string_view input = {});

}  // namespace dsocr::reports
