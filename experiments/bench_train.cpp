#include "experiments/bench_train.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>

#include "configs/build_info.h"
#include "configs/error.h"
#include "configs/process.h"
#include "configs/view.h"
#include "eval/runner.h"
#include "experiments/bench_session.h"
#include "model/weights/load.h"
#include "reports/progress.h"
#include "train/batch.h"
#include "train/trainer.h"

namespace dsocr {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

// Largest difference of the first losses to the reference's, relative. Later ones drift apart:
// AdamW's first updates depend on the signs of gradients that may be nothing but rounding.
constexpr double kFloat32Limit = 1e-4, kBfloat16Limit = 2e-2;
constexpr size_t kComparedSteps = 3;
constexpr std::int64_t kQuestionTokens = 4;

struct Options : BenchOptions {
  std::string folder;
  std::string mode = "tiny";
  std::string dtype = "float32";
  std::int64_t batch = 4;
  std::int64_t text_tokens = 128;
  std::int64_t accumulation = 1;
  std::int64_t threads = 0;
  bool checkpointing = false;
  bool no_reference = false;
};

// One side of the comparison.
struct Run {
  std::function<void()> step;
  std::vector<double> losses = {};
  std::optional<std::uint64_t> peak_bytes = {};  // resident, after the warm-up
};

// Page p of a step. tests/bench/reference_train.py makes the same.
data::LoadedPage made_up_page(std::int64_t number, const Options& options,
                              const model::ModelConfig& config) {
  const std::int64_t side = single_view_side(options.mode);
  data::LoadedPage page;
  page.id = "page-" + std::to_string(number);
  page.views.page = {side, side};
  page.views.global = {.width = side, .height = side};
  for (std::int64_t y = 0; y < side; ++y)
    for (std::int64_t x = 0; x < side; ++x)
      for (std::int64_t c = 0; c < 3; ++c)
        page.views.global.rgb.push_back(
            static_cast<std::uint8_t>(x * 3 + y * 5 + c * 85 + (x * y >> 4) + number * 29));
  const std::int64_t tokens = configs::tokens_per_side(side);
  page.prompt.assign(static_cast<size_t>(tokens * (tokens + 1) + 2),
                     static_cast<std::int32_t>(config.image_token_id));
  page.prompt[0] = 0;
  // Answers differ in length, so that there is padding.
  const std::int64_t answer = options.text_tokens - number % 4 * (options.text_tokens / 8);
  for (std::int64_t i = 0; i < kQuestionTokens + answer; ++i) {
    // Any id but that of the image.
    std::int64_t id = (1000 + 37 * i + 101 * number) % (config.decoder.vocab_size - 1);
    if (id >= config.image_token_id) ++id;
    (i < kQuestionTokens ? page.prompt : page.answer).push_back(static_cast<std::int32_t>(id));
  }
  const auto length = static_cast<std::int64_t>(page.prompt.size() + page.answer.size());
  if (length > config.decoder.max_positions)
    throw configs::ConfigError(
        "text-tokens", "a page has " + std::to_string(length) + " tokens, and the decoder has " +
                           std::to_string(config.decoder.max_positions) + " positions");
  return page;
}

std::vector<train::TrainBatch> made_up_batches(const Options& options,
                                               const model::ModelConfig& config, int rank) {
  std::vector<train::TrainBatch> batches;
  for (std::int64_t i = 0; i < options.accumulation; ++i) {
    std::vector<data::LoadedPage> pages;
    for (std::int64_t row = 0; row < options.batch; ++row)
      pages.push_back(
          made_up_page((rank * options.accumulation + i) * options.batch + row, options, config));
    batches.push_back(train::make_batch(pages));
  }
  return batches;
}

// reference_train.py, which waits while we work.
class Reference {
 public:
  Reference(const Options& options, const train::OptimizerConfig& optimizer)
      : talk_(command(options, optimizer)), facts_(json::parse(talk_.read_line())) {}

  const json& facts() const { return facts_; }
  json ask(const char* what) {
    talk_.write_line(what);
    return json::parse(talk_.read_line());
  }

 private:
  static std::vector<std::string> command(const Options& options,
                                          const train::OptimizerConfig& optimizer) {
    const auto text = [](const auto& number) { return json(number).dump(); };
    std::vector<std::string> command =
        reference_command("reference_train.py", {options.folder,
                                                 "--dtype",
                                                 options.dtype,
                                                 "--threads",
                                                 text(at::get_num_threads()),
                                                 "--view",
                                                 text(single_view_side(options.mode)),
                                                 "--batch",
                                                 text(options.batch),
                                                 "--text-tokens",
                                                 text(options.text_tokens),
                                                 "--accumulation",
                                                 text(options.accumulation),
                                                 "--rate",
                                                 text(optimizer.rate),
                                                 "--beta1",
                                                 text(optimizer.beta1),
                                                 "--beta2",
                                                 text(optimizer.beta2),
                                                 "--epsilon",
                                                 text(optimizer.epsilon),
                                                 "--weight-decay",
                                                 text(optimizer.weight_decay),
                                                 "--clip",
                                                 text(optimizer.clip)});
    if (options.checkpointing) command.emplace_back("--checkpointing");
    return command;
  }

  configs::Conversation talk_;
  json facts_;
};

// Both learnt the same, as far as the dtype's rounding lets one see. Returns what people should
// know about it.
std::string compare(const Options& options, const Run& ours, const Run& theirs) {
  const double limit = options.dtype == "float32" ? kFloat32Limit : kBfloat16Limit;
  double largest = 0;
  for (size_t i = 0; i < kComparedSteps; ++i)
    largest = std::max(largest, std::abs(ours.losses[i] / theirs.losses[i] - 1));
  char text[120];
  std::snprintf(
      text, sizeof text,
      "The losses of the first %zu steps differ by at most %.1e of the reference's, limit %.0e",
      kComparedSteps, largest, limit);
  if (!(largest <= limit)) throw std::runtime_error(text);
  return text;
}

reports::Table train_table() {
  reports::Table table = timing_table("train", "Steps", "tokens/s");
  table.columns.back().decimals = 2;
  table.columns.insert(table.columns.end() - 1, {{"pages_per_second", "pages/s", 2},
                                                 {"peak_memory_bytes", "peak MB", 0, 1e-6}});
  return table;
}

ordered_json train_row(const std::string& library, const Timings& seconds, const Run& run,
                       const train::StepNumbers& numbers) {
  ordered_json row = timing_row("step", library, seconds, static_cast<double>(numbers.num_tokens));
  row["pages_per_second"] = static_cast<double>(numbers.num_pages) / seconds.median();
  if (run.peak_bytes) row["peak_memory_bytes"] = *run.peak_bytes;
  return row;
}

std::string title_of(const Options& options) {
  const int threads = at::get_num_threads();
  return "Training, " + options.mode + " view, " + std::to_string(options.accumulation) +
         (options.accumulation == 1 ? " batch" : " batches") + " of " +
         std::to_string(options.batch) + ", " + options.dtype +
         (options.checkpointing ? ", checkpointing" : "") + ", cpu, " + std::to_string(threads) +
         (threads == 1 ? " thread" : " threads");
}

void bench(const Options& options, const std::vector<std::string>& command_line,
           std::ostream& out) {
  single_view_side(options.mode);
  at::set_num_threads(static_cast<int>(eval::num_threads(options.threads)));
  const auto dtype = model::parse_dtype(options.dtype);
  if (!dtype)
    throw configs::ConfigError("dtype", "must be float32 or bfloat16, not '" + options.dtype + "'");
  train::TrainConfig config{.model = options.folder,
                            .dtype = options.dtype,
                            .steps = static_cast<std::int64_t>(options.repeats) + 2,
                            .accumulation = options.accumulation,
                            .recompute = options.checkpointing};
  config.schedule.kind = train::ScheduleKind::kConstant;
  train::Group group(train::world_of_process());
  if (group.size() > 1 && !options.no_reference)
    throw configs::ConfigError("no-reference", "is needed where many processes train together");
  train::Trainer trainer(model::load_model(options.folder, {.dtype = dtype}), config, group);
  const auto batches = made_up_batches(options, trainer.network().config, group.rank());
  BenchOptions own = options;
  if (group.rank() > 0) own.out.clear();  // the first reports
  BenchSession session(own, command_line);
  session.manifest().set_device("cpu", static_cast<size_t>(at::get_num_threads()));
  if (!own.out.empty()) add_checkpoint(options.folder, session.manifest());

  reports::Progress progress("steps", "steps",
                             (options.repeats + 2) * (options.no_reference ? 1 : 2));
  train::StepNumbers numbers;
  Run ours, theirs;
  ours.step = [&] {
    numbers = trainer.step(batches, static_cast<std::int64_t>(ours.losses.size()));
    ours.losses.push_back(numbers.loss);
    progress.advance();
  };
  std::optional<Reference> reference;
  theirs.step = [&] {
    theirs.losses.push_back(reference->ask("step").at("loss"));
    progress.advance();
  };
  std::vector<std::function<void()>> steps{ours.step};
  if (!options.no_reference) {
    reference.emplace(options, config.optimizer);
    steps.push_back(theirs.step);
  }
  // The first step of all makes room for gradients and moments, and loading took more than it
  // needs: neither counts.
  for (const auto& step : steps) step();
  const PeakMemory peak;
  if (reference) reference->ask("forget");
  const auto seconds = measure_in_turn(options.repeats, steps);
  ours.peak_bytes = peak.bytes();

  reports::Document document{title_of(options), {}, {}, {train_table()}, {}};
  document.facts = {
      {"checkpoint", options.folder},
      {"trained parameters", std::to_string(trainer.optimizer().num_parameters())},
      {"pages of a step", std::to_string(numbers.num_pages)},
      {"processes", std::to_string(group.size())},
      {"tokens of a step", std::to_string(numbers.num_tokens) + " without padding, of which " +
                               std::to_string(numbers.num_labels) + " are learnt"}};
  std::vector<ordered_json>& rows = document.tables[0].rows;
  rows.push_back(train_row("dsocr", Timings(seconds[0]), ours, numbers));
  if (reference) {
    const json memory = reference->ask("peak").at("peak_memory_bytes");
    if (!memory.is_null()) theirs.peak_bytes = memory.get<std::uint64_t>();
    const std::string version = reference->facts().at("torch");
    session.manifest().set_version("Python torch", version);
    document.facts.emplace_back("reference's optimizer", reference->facts().at("optimizer"));
    rows[0]["ratio"] = Timings(seconds[1]).median() / Timings(seconds[0]).median();
    rows.push_back(train_row("PyTorch " + version, Timings(seconds[1]), theirs, numbers));
    document.notes.push_back(compare(options, ours, theirs));
  }
  if (group.rank() == 0) session.finish(document, out);
  group.barrier("the end of the bench");
}

}  // namespace

void add_train_bench(CLI::App& app, const std::vector<std::string>& command_line,
                     std::ostream& out) {
  const auto options = std::make_shared<Options>();
  options->repeats = 10;
  CLI::App* command =
      app.add_subcommand("train", "Steps of training against the same network in plain PyTorch");
  command->add_option("--model", options->folder, "Checkpoint folder")->required();
  command->add_option("--mode", options->mode, "tiny, p256 or another of one view a page")
      ->capture_default_str();
  command->add_option("--dtype", options->dtype, "float32 or bfloat16")->capture_default_str();
  command->add_option("--batch", options->batch, "Pages side by side")
      ->capture_default_str()
      ->check(CLI::Range(1, 4096));
  command->add_option("--text-tokens", options->text_tokens, "Longest answer")
      ->capture_default_str()
      ->check(CLI::Range(1, 100000));
  command->add_option("--accumulation", options->accumulation, "Batches of a step")
      ->capture_default_str()
      ->check(CLI::Range(1, 4096));
  command->add_option("--threads", options->threads, "0: one per core")
      ->capture_default_str()
      ->check(CLI::Range(0, 1024));
  command->add_flag("--checkpointing", options->checkpointing,
                    "Compute the activations of blocks again in the backward pass");
  command->add_flag("--no-reference", options->no_reference, "Do not run PyTorch");
  add_bench_options(*command, *options, "--steps", "Timed steps after two to warm up");
  command->footer("Example:\n  dsocr bench train --model runs/tiny --mode tiny --threads 2");
  command->callback([options, command_line, &out] { bench(*options, command_line, out); });
}

}  // namespace dsocr
