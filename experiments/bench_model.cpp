#include "experiments/bench_model.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>

#include "eval/runner.h"
#include "experiments/bench_session.h"
#include "experiments/model_stages.h"
#include "reports/progress.h"

namespace dsocr {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

// Largest differences to the reference, relative to the mean of its values.
constexpr double kFloat32Limit = 1e-4, kBfloat16Limit = 1e-2;

struct Options : BenchOptions {
  StageInputs inputs;
  std::string mode = "base";
  std::int64_t threads = 0;
  std::int64_t page_tokens = 1000;
  bool whole_pages = false;
  bool no_reference = false;
};

struct Stage {
  const char* name;
  StageRun (ModelStages::*run)(const ModelStages::Done&);
  const char* unit;  // of its work
  bool gives_tokens = false;
};
constexpr Stage kEncode{"encode", &ModelStages::encode, "views"};
constexpr Stage kPrefill{"prefill", &ModelStages::prefill, "tokens"};
constexpr Stage kDecode{"decode", &ModelStages::decode, "tokens", true};
using Stages = std::vector<Stage>;

// Of one program, in the order of the stages.
struct Runs {
  std::string implementation;
  std::string dtype;
  std::vector<StageRun> stages;
  std::optional<StageRun> pages;
};

// The inputs with what the options say by name. Throws configs::ConfigError.
StageInputs stage_inputs(const Options& options) {
  StageInputs inputs = options.inputs;
  inputs.view_side = single_view_side(options.mode);
  inputs.repeats = options.repeats;
  if (options.whole_pages) inputs.page_tokens = options.page_tokens;
  return inputs;
}

// The network is gone when this returns: the reference needs its memory.
Runs time_ours(const Stages& stages, const std::unique_ptr<ModelStages> network,
               const Options& options) {
  Runs runs{"dsocr", network->dtype(), {}, {}};
  const size_t parts = stages.size() + (options.whole_pages ? 1 : 0);
  reports::Progress progress("dsocr", "repeats", parts * (options.repeats + 1));
  const auto advance = [&] { progress.advance(); };
  for (const Stage& stage : stages) runs.stages.push_back((*network.*stage.run)(advance));
  if (options.whole_pages) runs.pages = network->pages(advance);
  return runs;
}

// One process for each stage, so that none sees the memory of another. Adds facts of the reference.
Runs time_reference(const Stages& stages, const StageInputs& inputs, const std::string& dtype,
                    BenchSession& session, reports::Document& document) {
  Runs runs{"", dtype, {}, {}};
  reports::Progress progress("reference", "stages", stages.size());
  json result;
  for (const Stage& stage : stages) {
    result = run_reference(
        "reference_model.py",
        {inputs.folder, "--stage", stage.name, "--dtype", dtype, "--device", inputs.device,
         "--threads", std::to_string(at::get_num_threads()), "--view",
         std::to_string(inputs.view_side), "--batch", std::to_string(inputs.batch),
         "--prompt-tokens", std::to_string(inputs.prompt_tokens), "--new-tokens",
         std::to_string(inputs.new_tokens), "--repeats", std::to_string(inputs.repeats)});
    const json& peak = result.at("peak_memory_bytes");
    runs.stages.push_back({Timings(result.at("seconds").get<std::vector<double>>()),
                           result.at("work").get<double>(),
                           peak.is_null() ? std::nullopt : std::optional(peak.get<std::uint64_t>()),
                           result.at("values").get<std::vector<double>>()});
    progress.advance();
  }
  runs.implementation = "transformers " + result.at("version").get<std::string>();
  session.manifest().set_version("transformers", result.at("version"));
  session.manifest().set_version("Python torch", result.at("torch"));
  document.facts.emplace_back("reference's attention", result.at("attention"));
  document.facts.emplace_back("reference's experts", result.at("experts"));
  return runs;
}

// Largest difference, relative to the mean of the reference's values.
double difference(const std::vector<double>& ours, const std::vector<double>& theirs) {
  double largest = 0, sum = 0;
  for (size_t i = 0; i < theirs.size(); ++i) {
    largest = std::max(largest, std::abs(ours[i] - theirs[i]));
    sum += std::abs(theirs[i]);
  }
  return largest / (sum / static_cast<double>(theirs.size()));
}

// Both programs did the same work, as far as the dtype's rounding lets one see. Returns what people
// should know about it.
std::string compare(const Stage& stage, const std::string& dtype, const StageRun& ours,
                    const StageRun& theirs) {
  const std::vector<double>&a = ours.values, &b = theirs.values;
  const std::string name = stage.name;
  const bool is_exact = dtype == "float32";
  if (a.size() != b.size() || ours.work != theirs.work)
    throw std::runtime_error(name + ": the reference did other work");
  if (stage.gives_tokens) {
    const auto agreed = std::mismatch(a.begin(), a.end(), b.begin()).first - a.begin();
    std::string text = name + ": the first " + std::to_string(agreed) + " of " +
                       std::to_string(a.size()) + " tokens are the reference's";
    if (is_exact && a != b) throw std::runtime_error(text + ", but in float32 all should be");
    return text;
  }
  const double limit = is_exact ? kFloat32Limit : kBfloat16Limit;
  const double found = difference(a, b);
  char text[120];
  std::snprintf(text, sizeof text, "%s: differs by %.1e from the reference, limit %.0e", stage.name,
                found, limit);
  if (!(found <= limit)) throw std::runtime_error(text);
  return text;
}

reports::Table stage_table() {
  reports::Table table = timing_table("stages", "Stages", "per second", 3);
  table.columns.insert(table.columns.end() - 1, {{"unit", "of"},
                                                 {"each_ms", "ms each", 2},
                                                 {"pages_per_hour", "pages/hour", 1},
                                                 {"peak_memory_bytes", "peak MB", 0, 1e-6}});
  return table;
}

ordered_json stage_row(const Stage& stage, const StageRun& run, const std::string& library) {
  ordered_json row = timing_row(stage.name, library, run.seconds, run.work);
  row["unit"] = stage.unit;
  row["each_ms"] = run.seconds.median() * 1e3 / run.work;
  if (stage.run == kEncode.run) row["pages_per_hour"] = 3600 * run.work / run.seconds.median();
  if (run.peak_bytes) row["peak_memory_bytes"] = *run.peak_bytes;
  return row;
}

// A page with an answer of that many tokens: whole pages that were timed, or else from the medians
// of encode, prefill and decode.
ordered_json page_row(const Options& options, const Runs& runs) {
  const double seconds =
      runs.pages ? runs.pages->seconds.median()
                 : runs.stages[0].seconds.median() + runs.stages[1].seconds.median() +
                       static_cast<double>(options.page_tokens) * runs.stages[2].seconds.median();
  const auto pages = static_cast<double>(options.inputs.batch);
  return {{"stage", "page of " + std::to_string(options.page_tokens) + " tokens"},
          {"library", runs.implementation},
          {"median_ms", seconds * 1e3},
          {"rate", pages / seconds},
          {"unit", "pages"},
          {"each_ms", seconds * 1e3 / pages},
          {"pages_per_hour", 3600 * pages / seconds}};
}

reports::Table fill_table(const Stages& stages, const Options& options, const Runs& ours,
                          const std::optional<Runs>& theirs) {
  reports::Table table = stage_table();
  const auto add = [&](const std::function<ordered_json(const Runs&)>& row_of) {
    table.rows.push_back(row_of(ours));
    if (!theirs) return;
    const ordered_json reference = row_of(*theirs);
    table.rows.back()["ratio"] =
        reference["median_ms"].get<double>() / table.rows.back()["median_ms"].get<double>();
    table.rows.push_back(reference);
  };
  for (size_t i = 0; i < stages.size(); ++i)
    add([&](const Runs& runs) {
      return stage_row(stages[i], runs.stages[i], runs.implementation);
    });
  if (stages.back().gives_tokens) add([&](const Runs& runs) { return page_row(options, runs); });
  return table;
}

std::string title_of(const Options& options, const std::string& dtype) {
  const int threads = at::get_num_threads();
  return "Network, " + options.mode + " view, batch of " + std::to_string(options.inputs.batch) +
         ", " + dtype + ", " + options.inputs.device + ", " + std::to_string(threads) +
         (threads == 1 ? " thread" : " threads");
}

void record_inputs(const StageInputs& inputs, reports::Manifest& manifest) {
  manifest.set_device(inputs.device, static_cast<size_t>(at::get_num_threads()));
  add_checkpoint(inputs.folder, manifest);
}

void bench_stages(const Stages& stages, const Options& options,
                  const std::vector<std::string>& command_line, std::ostream& out) {
  const StageInputs inputs = stage_inputs(options);
  at::set_num_threads(static_cast<int>(eval::num_threads(options.threads)));
  auto network = std::make_unique<ModelStages>(inputs);
  BenchSession session(options, command_line);
  if (!options.out.empty()) record_inputs(inputs, session.manifest());
  const Runs ours = time_ours(stages, std::move(network), options);
  reports::Document document{title_of(options, ours.dtype), {}, {}, {}, {}};
  document.facts = {{"checkpoint", inputs.folder},
                    {"prompt", "the view and " + std::to_string(inputs.prompt_tokens) + " tokens"},
                    {"new tokens", std::to_string(inputs.new_tokens)}};
  std::optional<Runs> theirs;
  if (!options.no_reference) {
    theirs = time_reference(stages, inputs, ours.dtype, session, document);
    for (size_t i = 0; i < stages.size(); ++i)
      document.notes.push_back(compare(stages[i], ours.dtype, ours.stages[i], theirs->stages[i]));
  }
  document.tables.push_back(fill_table(stages, options, ours, theirs));
  session.finish(document, out);
}

CLI::App* add(CLI::App& bench, const char* name, const char* doc,
              const std::shared_ptr<Options>& options) {
  StageInputs& inputs = options->inputs;
  options->repeats = 3;
  CLI::App* command = bench.add_subcommand(name, doc);
  command->add_option("--model", inputs.folder, "Checkpoint folder")->required();
  command->add_option("--mode", options->mode, "tiny, small, base, large, p128, p192, p256 or p320")
      ->capture_default_str();
  command->add_option("--batch", inputs.batch, "Pages side by side")
      ->capture_default_str()
      ->check(CLI::Range(1, 4096));
  command->add_option("--threads", options->threads, "0: one per core")
      ->capture_default_str()
      ->check(CLI::Range(0, 1024));
  command->add_option("--dtype", inputs.dtype,
                      "float32 or bfloat16; default: as in the checkpoint");
  command->add_option("--device", inputs.device, "cpu, cuda or cuda:N")->capture_default_str();
  command->add_flag("--no-reference", options->no_reference, "Do not run transformers");
  add_bench_options(*command, *options);
  return command;
}

}  // namespace

void add_model_benches(CLI::App& bench, const std::vector<std::string>& command_line,
                       std::ostream& out) {
  const auto encode = std::make_shared<Options>();
  CLI::App* command = add(bench, "encode", "Vision encoder against transformers", encode);
  command->footer("Example:\n  dsocr bench encode --model DeepSeek-OCR --mode base --threads 2");
  command->callback(
      [encode, command_line, &out] { bench_stages({kEncode}, *encode, command_line, out); });

  const auto decode = std::make_shared<Options>();
  command =
      add(bench, "decode", "Whole pages against transformers: encode, prefill, decode", decode);
  command->add_option("--prompt-tokens", decode->inputs.prompt_tokens, "Text ids after the image")
      ->capture_default_str()
      ->check(CLI::Range(1, 100000));
  command->add_option("--new-tokens", decode->inputs.new_tokens, "Steps of a repeat")
      ->capture_default_str()
      ->check(CLI::Range(1, 100000));
  command->add_option("--page-tokens", decode->page_tokens, "Answer of the page that is counted")
      ->capture_default_str()
      ->check(CLI::Range(1, 100000));
  command->add_flag("--whole-pages", decode->whole_pages,
                    "Read pages from pixels to the last token; else their time is added up");
  command->footer(
      "Example:\n  dsocr bench decode --model DeepSeek-OCR --new-tokens 64 --threads 2");
  command->callback([decode, command_line, &out] {
    bench_stages({kEncode, kPrefill, kDecode}, *decode, command_line, out);
  });
}

}  // namespace dsocr
