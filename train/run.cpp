#include "train/run.h"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <deque>
#include <nlohmann/json.hpp>
#include <numeric>
#include <ostream>

#include "configs/error.h"
#include "data/error.h"
#include "model/weights/load.h"
#include "reports/files.h"
#include "reports/progress.h"
#include "reports/render.h"
#include "train/checkpoint.h"
#include "train/curves.h"
#include "train/trainer.h"
#include "train/validation.h"

namespace dsocr::train {
namespace {

using nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

// Losses that a spike is told by.
constexpr std::size_t kUsualLosses = 50;
constexpr double kSpike = 3;  // standard deviations above their mean, and a tenth of it at least

volatile std::sig_atomic_t last_signal = 0;

// SIGINT and SIGTERM are noted while this lives; a second one ends the program at once.
class NotedSignals {
 public:
  NotedSignals() {
    last_signal = 0;
    struct sigaction action {};
    action.sa_handler = [](int signal) { last_signal = signal; };
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    sigaction(SIGINT, &action, &before_int_);
    sigaction(SIGTERM, &action, &before_term_);
  }
  ~NotedSignals() {
    sigaction(SIGINT, &before_int_, nullptr);
    sigaction(SIGTERM, &before_term_, nullptr);
  }
  NotedSignals(const NotedSignals&) = delete;
  NotedSignals& operator=(const NotedSignals&) = delete;

 private:
  struct sigaction before_int_ {
  }, before_term_{};
};

std::filesystem::path tokenizer_file(const std::filesystem::path& model) {
  const auto file = model / "tokenizer.json";
  return std::filesystem::exists(file) ? file : data::default_tokenizer_file();
}

model::LoadOptions load_options(const TrainConfig& config) {
  model::LoadOptions options{.device = model::find_device(config.device),
                             .dtype = model::parse_dtype(config.dtype)};
  if (!options.dtype)
    throw configs::ConfigError("dtype", "must be float32 or bfloat16, not '" + config.dtype + "'");
  return options;
}

void check(const TrainConfig& config) {
  if (config.data.packed)
    throw configs::ConfigError("data.packed",
                               "cannot be trained on: the network takes one sample a row");
}

// The lines of a log up to a step: a run that goes on writes the later ones again.
void cut_log(const std::filesystem::path& file, std::int64_t steps) {
  if (!std::filesystem::exists(file)) return;
  std::istringstream lines(reports::read_file(file));
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (json.is_object() && json.value("step", steps + 1) <= steps) kept += line + "\n";
  }
  reports::write_file(file, kept);
}

class Run {
 public:
  Run(const TrainConfig& config, std::filesystem::path folder, std::ostream& err)
      : config_(config),
        folder_(std::move(folder)),
        err_(err),
        checkpoints_(folder_ / "checkpoints", config.checkpoint.keep),
        newest_(checkpoints_.newest()),
        start_(newest_.value_or(std::filesystem::path(config.model))),
        tokenizer_path_(tokenizer_file(start_)),
        tokenizer_(data::Tokenizer::load(tokenizer_path_)),
        trainer_(model::load_model(start_, load_options(config)), config) {
    check(config);
    data::LoaderOptions options{.seed = config.seed};
    if (newest_) {
      state_ = restore(*newest_, trainer_.optimizer());
      options.state = &state_.data;
    }
    cut_log(folder_ / "metrics.jsonl", state_.steps);
    loader_.emplace(config.data, tokenizer_, options);
  }

  // The checkpoint of the last step.
  std::filesystem::path train() {
    const NotedSignals signals;
    reports::LineWriter log(folder_ / "metrics.jsonl");
    {
      reports::Progress bar("Training", "steps",
                            static_cast<std::size_t>(config_.steps - state_.steps));
      since_ = Clock::now();
      while (state_.steps < config_.steps) {
        one_step(log);
        bar.note(note_);
        bar.advance();
        if (last_signal != 0) break;
      }
    }
    if (!saved_ || saved_->steps != state_.steps) save(/*must=*/true);
    log.close();
    if (last_signal != 0) throw Interrupted(static_cast<int>(last_signal));
    return *checkpoints_.newest();
  }

 private:
  void one_step(reports::LineWriter& log) {
    std::vector<TrainBatch> batches;
    for (std::int64_t i = 0; i < config_.accumulation; ++i) {
      auto loaded = loader_->next();
      if (!loaded)
        throw std::runtime_error("the pages ended at step " + std::to_string(state_.steps) +
                                 "; data.epochs 0 has no end");
      batches.push_back(make_batch(loaded->pages));
      state_.data = std::move(loaded->state);
    }
    const StepNumbers numbers = trainer_.step(batches, state_.steps);
    ++state_.steps;
    state_.num_tokens += numbers.num_tokens;
    state_.num_pages += numbers.num_pages;
    watch(numbers, batches);
    since_tokens_ += numbers.num_tokens;
    since_pages_ += numbers.num_pages;
    const bool last = state_.steps == config_.steps;
    if (state_.steps % config_.log_every == 0 || last || state_.steps == 1) write(log, numbers);
    const ValidationConfig& validation = config_.validation;
    if (!validation.store.empty() && (state_.steps % validation.every == 0 || last)) look(log);
    if (config_.checkpoint.every > 0 && state_.steps % config_.checkpoint.every == 0)
      save(/*must=*/false);
  }

  void write(reports::LineWriter& log, const StepNumbers& numbers) {
    const double seconds = std::chrono::duration<double>(Clock::now() - since_).count();
    const double tokens_s = static_cast<double>(since_tokens_) / seconds;
    const double pages_s = static_cast<double>(since_pages_) / seconds;
    log.write(ordered_json{{"step", state_.steps},
                           {"loss", numbers.loss},
                           {"aux_loss", numbers.aux_loss},
                           {"grad_norm", numbers.grad_norm},
                           {"rate", numbers.rate},
                           {"tokens", state_.num_tokens},
                           {"pages", state_.num_pages},
                           {"tokens_per_s", tokens_s},
                           {"pages_per_s", pages_s},
                           {"memory_bytes", reports::peak_memory_bytes()}}
                  .dump());
    char note[96];
    std::snprintf(note, sizeof note, "loss %.4f, %.0f tokens/s, %.1f pages/s", numbers.loss,
                  tokens_s, pages_s);
    note_ = note;
    log.flush();
    since_ = Clock::now();
    since_tokens_ = since_pages_ = 0;
  }

  void look(reports::LineWriter& log) {
    const Clock::time_point before = Clock::now();
    const ValidationNumbers numbers = validate(trainer_.network(), config_, tokenizer_);
    log.write(ordered_json{{"step", state_.steps},
                           {"validation_loss", numbers.loss},
                           {"validation_accuracy", numbers.accuracy},
                           {"validation_pages", numbers.num_pages}}
                  .dump());
    since_ += Clock::now() - before;
  }

  // Says which pages came with a loss that stands out.
  void watch(const StepNumbers& numbers, const std::vector<TrainBatch>& batches) {
    if (losses_.size() == kUsualLosses) {
      const double mean = std::accumulate(losses_.begin(), losses_.end(), 0.0) / kUsualLosses;
      double variance = 0;
      for (const double loss : losses_) variance += (loss - mean) * (loss - mean) / kUsualLosses;
      if (numbers.loss > mean + std::max(kSpike * std::sqrt(variance), 0.1 * mean)) {
        err_ << "step " << state_.steps << ": loss " << numbers.loss << " after a mean of " << mean
             << "; pages:";
        for (const TrainBatch& batch : batches)
          for (const std::string& id : batch.ids) err_ << " " << id;
        err_ << "\n";
      }
      losses_.pop_front();
    }
    losses_.push_back(numbers.loss);
  }

  // A run goes on without a checkpoint that could not be written, but does not end without one.
  void save(bool must) {
    const Clock::time_point before = Clock::now();
    try {
      checkpoints_.save(trainer_.network(), trainer_.optimizer(), state_, tokenizer_path_);
      saved_ = state_;
    } catch (const std::exception& error) {
      if (must) throw;
      err_ << "step " << state_.steps
           << ": no checkpoint was written, the one before stays: " << error.what() << "\n";
    }
    since_ += Clock::now() - before;
  }

  const TrainConfig& config_;
  std::filesystem::path folder_;
  std::ostream& err_;
  Checkpoints checkpoints_;
  std::optional<std::filesystem::path> newest_;
  std::filesystem::path start_, tokenizer_path_;
  data::Tokenizer tokenizer_;
  Trainer trainer_;
  std::optional<data::PageLoader> loader_;
  RunState state_ = {};
  std::optional<RunState> saved_ = {};
  std::deque<double> losses_ = {};
  std::string note_ = {};
  Clock::time_point since_ = {};
  std::int64_t since_tokens_ = 0, since_pages_ = 0;
};

}  // namespace

Interrupted::Interrupted(int signal)
    : std::runtime_error("ended by signal " + std::to_string(signal) +
                         "; the checkpoint is written, --resume goes on"),
      signal_(signal) {}

configs::ConfigKind train_config_kind() {
  return configs::make_config_kind<TrainConfig>("train", "settings of `dsocr train`");
}

void run_training(const TrainConfig& config, const std::filesystem::path& folder,
                  reports::Manifest& manifest, std::ostream& out, std::ostream& err) {
  Run run(config, folder, err);
  const std::filesystem::path last = run.train();
  reports::write_file(folder / "manifest.json", manifest.to_json().dump(2) + "\n");
  reports::write_document(loss_curves(folder / "metrics.jsonl", config), folder);
  out << "Model: " << last.string() << "\nReport: " << (folder / "report.md").string() << "\n";
}

}  // namespace dsocr::train
