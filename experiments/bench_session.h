#pragma once

#include <CLI/CLI.hpp>
#include <iosfwd>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/timing.h"
#include "reports/document.h"
#include "reports/manifest.h"
#include "reports/run_dir.h"

// What all of `dsocr bench` has in common.
namespace dsocr {

/// Options that every benchmark has.
struct BenchOptions {
  size_t repeats = 5;
  std::string out;
};
void add_bench_options(CLI::App& command, BenchOptions& options,
                       const std::string& repeats = "--repeats",
                       const std::string& doc = "Timed repetitions after one to warm up");

/// Side in pixels of the view of a mode whose pages are one view each. Throws configs::ConfigError
/// for the name of another mode, or of none.
std::int64_t single_view_side(const std::string& mode);

/// The manifest and, with --out, the folder of one benchmark; both from before the first timing.
class BenchSession {
 public:
  BenchSession(const BenchOptions& options, const std::vector<std::string>& command_line);

  reports::Manifest& manifest() { return manifest_; }
  /// Shows the tables and notes of a result, and writes all of it where there is a folder.
  void finish(const reports::Document& document, std::ostream& out);
  void finish(const reports::Table& table, std::ostream& out);

 private:
  reports::Manifest manifest_;
  std::optional<reports::RunDir> dir_;
};

/// The files of a checkpoint folder as inputs.
void add_checkpoint(const std::string& folder, reports::Manifest& manifest);

/// tests/bench/SCRIPT with these arguments, for the Python of the installed environment.
std::vector<std::string> reference_command(const std::string& script,
                                           const std::vector<std::string>& arguments);

/// Runs it with this standard input, and returns the one object that it prints. Throws
/// std::runtime_error with its messages when it fails.
nlohmann::json run_reference(const std::string& script, const std::vector<std::string>& arguments,
                             std::string_view input = {});

/// Columns stage, library, times, work per second under the title `rate`, and the ratio.
reports::Table timing_table(const std::string& name, const std::string& title,
                            const std::string& rate, int decimals = 1);

/// `work` is what one repetition does, in the unit of the rate.
nlohmann::ordered_json timing_row(const std::string& stage, const std::string& library,
                                  const Timings& timings, double work);

/// Our row, the reference's row, and how many times faster ours is.
void add_rows(reports::Table& table, const std::string& stage, const std::string& reference,
              const Timings& ours, const Timings& theirs, double work);

}  // namespace dsocr
