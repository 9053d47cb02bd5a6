#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "experiments/cli.h"

namespace dsocr::test {

/// What a command line of `dsocr` did.
struct Outcome {
  int status;
  std::string out;
  std::string err;
};

inline Outcome run(const std::vector<std::string>& arguments) {
  std::ostringstream out, err;
  const int status = run_cli(arguments, out, err);
  return {status, out.str(), err.str()};
}

}  // namespace dsocr::test
