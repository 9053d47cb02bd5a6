#include "experiments/ls_command.h"

#include <ostream>

#include "configs/view.h"
#include "eval/benchmarks/benchmarks.h"
#include "eval/engines/engines.h"
#include "reports/tables.h"

namespace dsocr {
void add_ls_command(CLI::App& app, std::ostream& out) {
  CLI::App* ls = app.add_subcommand("ls", "List benchmarks, engines and vision modes");
  ls->footer("Example:\n  dsocr ls");
  ls->callback([&out] {
    reports::Table table{"ls", "", {{"kind", "kind"}, {"name", "name"}, {"doc", "what it is"}}, {}};
    for (const eval::Benchmark& benchmark : eval::benchmarks())
      table.rows.push_back({{"kind", "benchmark"},
                            {"name", benchmark.name},
                            {"doc", benchmark.doc + " (version " + benchmark.version + ")"}});
    for (const eval::EngineEntry& engine : eval::engines())
      table.rows.push_back({{"kind", "engine"}, {"name", engine.name}, {"doc", engine.doc}});
    for (const auto& [name, mode] : enum_names(configs::VisionMode{}))
      table.rows.push_back({{"kind", "mode"}, {"name", name}, {"doc", configs::mode_text(mode)}});
    out << reports::to_text(table);
  });
}

}  // namespace dsocr
