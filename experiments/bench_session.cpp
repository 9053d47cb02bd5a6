#include "experiments/bench_session.h"

#include <filesystem>
#include <ostream>
#include <stdexcept>

#include "configs/build_info.h"
#include "configs/error.h"
#include "configs/process.h"
#include "configs/view.h"
#include "model/weights/load.h"
#include "reports/render.h"
#include "reports/tables.h"

namespace dsocr {

using nlohmann::json;
using nlohmann::ordered_json;

void add_bench_options(CLI::App& command, BenchOptions& options, const std::string& repeats,
                       const std::string& doc) {
  command.add_option(repeats, options.repeats, doc)
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  command.add_option("--out", options.out, "Folder for the result; it must not exist");
}

std::int64_t single_view_side(const std::string& name) {
  const auto mode = configs::parse_mode(name);
  if (!mode || configs::view_geometry(*mode).tile_size > 0)
    throw configs::ConfigError(
        "mode", "must have pages of one view each, as tiny or p256 do, not '" + name + "'");
  return configs::view_geometry(*mode).base_size;
}

BenchSession::BenchSession(const BenchOptions& options,
                           const std::vector<std::string>& command_line)
    : manifest_(command_line) {
  manifest_.set_device("cpu", 1);
  if (!options.out.empty()) dir_.emplace(options.out, "bench");
}

void BenchSession::finish(const reports::Document& document, std::ostream& out) {
  out << document.title << "\n";
  for (const reports::Table& table : document.tables) out << "\n" << reports::to_text(table);
  if (!document.notes.empty()) out << "\n";
  for (const std::string& note : document.notes) out << note << "\n";
  if (!dir_) return;
  dir_->write_json("manifest.json", manifest_.to_json());
  reports::write_document(document, dir_->path());
  out << "\nReport: " << dir_->file("report.md").string() << "\n";
}

void BenchSession::finish(const reports::Table& table, std::ostream& out) {
  finish(reports::Document{table.title, {}, {}, {table}, {}}, out);
}

void add_checkpoint(const std::string& folder, reports::Manifest& manifest) {
  for (const auto& file : model::model_files(folder)) manifest.add_input("model", file);
}

std::vector<std::string> reference_command(const std::string& script,
                                           const std::vector<std::string>& arguments) {
  const auto file = configs::build_info().source_dir / "tests" / "bench" / script;
  const auto python = configs::deps_dir() / "venv" / "bin" / "python";
  std::vector<std::string> command{python.string(), file.string()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

json run_reference(const std::string& script, const std::vector<std::string>& arguments,
                   std::string_view input) {
  const configs::ProcessResult result =
      configs::run_process(reference_command(script, arguments), input);
  if (result.exit_code != 0) throw std::runtime_error(script + " failed: " + result.err);
  return json::parse(result.out);
}

reports::Table timing_table(const std::string& name, const std::string& title,
                            const std::string& rate, int decimals) {
  return {name,
          title,
          {{"stage", "stage"},
           {"library", "library"},
           {"median_ms", "median ms", 2},
           {"p10_ms", "p10", 2},
           {"p90_ms", "p90", 2},
           {"rate", rate, decimals},
           {"ratio", "times faster", 1}},
          {}};
}

ordered_json timing_row(const std::string& stage, const std::string& library,
                        const Timings& timings, double work) {
  return {{"stage", stage},
          {"library", library},
          {"median_ms", timings.median() * 1e3},
          {"p10_ms", timings.quantile(0.1) * 1e3},
          {"p90_ms", timings.quantile(0.9) * 1e3},
          {"rate", work / timings.median()}};
}

void add_rows(reports::Table& table, const std::string& stage, const std::string& reference,
              const Timings& ours, const Timings& theirs, double work) {
  table.rows.push_back(timing_row(stage, "dsocr", ours, work));
  table.rows.back()["ratio"] = theirs.median() / ours.median();
  table.rows.push_back(timing_row(stage, reference, theirs, work));
}

}  // namespace dsocr
