#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

namespace dsocr {

/// Adds subcommands to the app; `command_line` is what a manifest records.
using AddCommands =
    std::function<void(CLI::App& app, const std::vector<std::string>& command_line)>;

/// Runs `dsocr` with the subcommands that `add` gives it. Returns the exit status: 0, 1 for a
/// failed run, 2 for bad usage or a bad config. What a run throws besides std::exception's usual
/// kind is the caller's.
int run_app(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err,
            const AddCommands& add);

}  // namespace dsocr
