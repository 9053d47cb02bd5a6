#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace dsocr {

/// Runs one command line (without the program's name). Results go to `out`, messages to `err`.
/// Returns the exit status: 0 done, 1 the run failed, 2 wrong usage or config.
int run_cli(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err);

}  // namespace dsocr
