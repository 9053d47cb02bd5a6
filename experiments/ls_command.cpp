#include "experiments/ls_command.h"

#include <nlohmann/json.hpp>
#include <ostream>
#include <sstream>

#include "configs/process.h"
#include "configs/view.h"
#include "eval/benchmarks/benchmarks.h"
#include "eval/engines/engines.h"
#include "experiments/labelling.h"
#include "reports/tables.h"

namespace dsocr {
namespace {

// As the program with the engines tells them; none where it is not installed.
void add_labellers(reports::Table& table) {
  const std::string program = labeller_program().string();
  if (!std::filesystem::exists(program)) return;
  std::istringstream lines(configs::run_process({program, "--list"}).out);
  for (std::string line; std::getline(lines, line);) {
    const auto labeller = nlohmann::json::parse(line);
    table.rows.push_back(
        {{"kind", "labeller"}, {"name", labeller.at("name")}, {"doc", labeller.at("doc")}});
  }
}

}  // namespace

void add_ls_command(CLI::App& app, std::ostream& out) {
  CLI::App* ls = app.add_subcommand("ls", "List benchmarks, engines, labellers and vision modes");
  ls->footer("Example:\n  dsocr ls");
  ls->callback([&out] {
    reports::Table table{"ls", "", {{"kind", "kind"}, {"name", "name"}, {"doc", "what it is"}}, {}};
    for (const eval::Benchmark& benchmark : eval::benchmarks())
      table.rows.push_back({{"kind", "benchmark"},
                            {"name", benchmark.name},
                            {"doc", benchmark.doc + " (version " + benchmark.version + ")"}});
    for (const eval::EngineEntry& engine : eval::engines())
      table.rows.push_back({{"kind", "engine"}, {"name", engine.name}, {"doc", engine.doc}});
    add_labellers(table);
    for (const auto& [name, mode] : enum_names(configs::VisionMode{}))
      table.rows.push_back({{"kind", "mode"}, {"name", name}, {"doc", configs::mode_text(mode)}});
    out << reports::to_text(table);
  });
}

}  // namespace dsocr
