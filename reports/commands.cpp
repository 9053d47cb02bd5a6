#include "reports/commands.h"

#include <filesystem>
#include <memory>
#include <ostream>
#include <string>

#include "configs/build_info.h"
#include "configs/error.h"
#include "reports/render.h"
#include "reports/tables.h"

namespace dsocr::reports {

void add_commands(CLI::App& app, std::ostream& out) {
  CLI::App* report = app.add_subcommand("report", "Draw the report of a run again, or publish it");
  report->require_subcommand(1);

  struct Options {
    std::filesystem::path run;
    std::string publish;
  };
  const auto options = std::make_shared<Options>();
  CLI::App* render =
      report->add_subcommand("render", "Write Markdown, CSV and pictures from RUN/report.json");
  render->add_option("run", options->run, "Folder of a finished run")->required();
  render->add_option("--publish", options->publish,
                     "Also write reports/published/NAME.{json,md} and NAME-FIGURE.{svg,png}");
  render->footer(
      "Example:\n  dsocr report render runs/fox/20260101T120000Z --publish 001-fox-table2");
  render->callback([options, &out] {
    if (!options->publish.empty() && !is_file_name(options->publish))
      throw configs::ConfigError("", "'" + options->publish + "' cannot be the name of a report");
    const Document document = read_document(options->run);
    write_document(document, options->run);
    for (const Table& table : document.tables)
      out << table.title << "\n\n" << to_text(table) << "\n";
    out << "Report: " << (options->run / "report.md").string() << "\n";
    if (options->publish.empty()) return;
    const auto published = configs::build_info().source_dir / "reports" / "published";
    publish(options->run, published, options->publish);
    out << "Published: " << (published / (options->publish + ".md")).string() << "\n";
  });
}

}  // namespace dsocr::reports
