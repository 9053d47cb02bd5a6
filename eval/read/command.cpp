#include <memory>
#include <ostream>

#include "configs/compose.h"
#include "configs/json_reader.h"
#include "configs/view.h"
#include "eval/commands.h"
#include "eval/read/page_reader.h"
#include "eval/read/read.h"
#include "eval/runner.h"
#include "reports/manifest.h"
#include "reports/run_dir.h"

namespace dsocr::eval {
namespace {

using nlohmann::json;

struct Options {
  std::vector<std::string> files;
  std::string config;
  std::vector<std::string> sets;
  std::string out;
  std::string model;
  std::string mode;
  std::string prompt;
  std::string device;
};

// Flags come before --set, so that --set has the last word.
std::vector<std::string> all_sets(const Options& options) {
  std::vector<std::string> sets;
  const auto add = [&](const char* field, const std::string& value) {
    if (!value.empty()) sets.push_back(std::string(field) + "=" + json(value).dump());
  };
  add("network.folder", options.model);
  add("network.device", options.device);
  add("mode", options.mode);
  add("prompt", options.prompt);
  sets.insert(sets.end(), options.sets.begin(), options.sets.end());
  return sets;
}

void run(const Options& options, const std::vector<std::string>& command_line, std::ostream& out,
         std::ostream& err) {
  const configs::ConfigKind kind = read_config_kind();
  const nlohmann::ordered_json resolved =
      kind.resolve(configs::compose(options.config, all_sets(options)));
  const auto config = configs::read_config<ReadConfig>(json(resolved));
  const std::vector<std::filesystem::path> files(options.files.begin(), options.files.end());
  std::optional<reports::RunDir> dir;
  reports::Manifest manifest(command_line);
  manifest.set_config(kind.name, configs::config_hash(json(resolved)));
  manifest.set_device(config.network.device, num_threads(config.threads));
  PageReader reader(config.network, num_threads(config.threads));
  if (!options.out.empty()) {
    dir.emplace(options.out, "read");
    dir->write_json("config.resolved.json", resolved);
  }
  const ReadResult result =
      read_pages(reader, config, files, dir ? std::optional(dir->path()) : std::nullopt, out, err);
  if (dir) {
    dir->write_json("manifest.json", manifest.to_json());
    out << "Files: " << dir->path().string() << "\n";
  }
  if (!result.failures.empty())
    throw std::runtime_error(std::to_string(result.failures.size()) + " of " +
                             std::to_string(result.num_pages) + " pages could not be read");
}

}  // namespace

void add_read_command(CLI::App& app, const std::vector<std::string>& command_line,
                      std::ostream& out, std::ostream& err) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("read", "Read page images and PDFs");
  command->add_option("pages", options->files, "PNG, JPEG, WebP, TIFF, BMP and PDF files")
      ->required();
  command->add_option("--model", options->model, "Checkpoint folder");
  command->add_option("--mode", options->mode, configs::mode_choice() + "; default: base");
  command->add_option("--prompt", options->prompt,
                      "free, markdown, ocr, figure, describe, or a text with <image> in it");
  command->add_option("--out", options->out,
                      "Folder for Markdown, raw text, layout and figures; it must not exist");
  command->add_option("--device", options->device, "cpu, cuda or cuda:N");
  command->add_option("--config", options->config,
                      "Config file; `dsocr config explain read` lists its fields");
  command->add_option("--set", options->sets, "Set a config field: network.decoding.batch=4")
      ->type_name("KEY=VALUE");
  command->footer(
      "Example:\n  dsocr read page.png report.pdf --model DeepSeek-OCR --out runs/read");
  command->callback([options, command_line, &out, &err] { run(*options, command_line, out, err); });
}

}  // namespace dsocr::eval
