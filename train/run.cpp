#include "train/run.h"

#include <chrono>
#include <ostream>

#include "configs/error.h"
#include "model/lora.h"
#include "model/weights/load.h"
#include "reports/files.h"
#include "reports/progress.h"
#include "reports/render.h"
#include "train/checkpoint.h"
#include "train/curves.h"
#include "train/run_log.h"
#include "train/signals.h"
#include "train/spikes.h"
#include "train/trainer.h"

namespace dsocr::train {
namespace {

using Clock = std::chrono::steady_clock;

std::filesystem::path tokenizer_file(const std::filesystem::path& model) {
  const auto file = model / "tokenizer.json";
  return std::filesystem::exists(file) ? file : data::default_tokenizer_file();
}

// "cuda" is for each process the GPU of its number on its machine.
model::LoadOptions load_options(const TrainConfig& config, const Group& group) {
  const bool of_rank = config.device == "cuda" && group.size() > 1;
  const std::string device =
      of_rank ? "cuda:" + std::to_string(group.world().local_rank) : config.device;
  model::LoadOptions options{.device = model::find_device(device),
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

// The folder of the weights themselves, also for a folder of adapters.
std::filesystem::path base_of(const std::filesystem::path& model) {
  return model::is_lora_folder(model) ? model::lora_base(model) : model;
}

class Run {
 public:
  Run(const TrainConfig& config, std::filesystem::path folder, const TextScorer& scorer,
      Group& group, std::ostream& err)
      : config_(config),
        folder_(std::move(folder)),
        scorer_(scorer),
        group_(group),
        err_(err),
        tokenizer_path_(tokenizer_file(config.model)),
        tokenizer_(data::Tokenizer::load(tokenizer_path_)),
        checkpoints_({.folder = folder_ / "checkpoints",
                      .base = base_of(config.model),
                      .tokenizer = tokenizer_path_},
                     config.checkpoint.keep, is_first()),
        newest_(checkpoints_.newest()),
        trainer_(model::load_model(newest_.value_or(config.model), load_options(config, group)),
                 config, group) {
    check(config);
    if (config.average.decay > 0) average_.emplace(trainer_.network(), config.average.decay);
    data::LoaderOptions options{.seed = config.seed,
                                .rank = static_cast<std::uint64_t>(group.rank()),
                                .world = static_cast<std::uint64_t>(group.size()),
                                .glyphs = config.loss.has_heads()};
    // Also those that the run before this one, on other pages, has left beside its weights.
    if (trainer_.glyph_heads())
      load_glyph_heads(trainer_.glyph_heads(), newest_.value_or(config.model));
    if (newest_) {
      state_ = restore(*newest_, trainer_.optimizer(), average());
      options.states = state_.data;
      saved_ = state_.steps;
    }
    if (is_first()) log_.emplace(folder_, state_.steps);
    loader_.emplace(config.data, tokenizer_, options);
  }

  // The checkpoint of the last step.
  std::filesystem::path train() {
    const NotedSignals signals;
    int signal = 0;
    {
      std::optional<reports::Progress> bar;
      if (is_first())
        bar.emplace("Training", "steps", static_cast<std::size_t>(config_.steps - state_.steps));
      since_ = Clock::now();
      while (state_.steps < config_.steps && signal == 0) {
        one_step();
        if (bar) {
          bar->note(note_);
          bar->advance();
        }
        signal = signal_of_any();
      }
    }
    if (saved_ != state_.steps) save(/*must=*/true);
    if (log_) log_->close();
    group_.barrier("the last checkpoint");
    if (signal != 0) throw Interrupted(signal);
    return *checkpoints_.newest();
  }

 private:
  bool is_first() const { return group_.rank() == 0; }

  // A launcher may pass a signal to some processes only, and at different steps.
  int signal_of_any() {
    if (group_.size() == 1) return NotedSignals::last();
    const torch::Tensor counts = torch::zeros({2}, torch::kInt64);
    auto* count = counts.data_ptr<std::int64_t>();
    if (NotedSignals::last() == SIGINT) count[0] = 1;
    if (NotedSignals::last() == SIGTERM) count[1] = 1;
    group_.sum(counts, "signals");
    return count[1] > 0 ? SIGTERM : count[0] > 0 ? SIGINT : 0;
  }

  WeightAverage* average() { return average_ ? &*average_ : nullptr; }

  void one_step() {
    std::vector<TrainBatch> batches;
    for (std::int64_t i = 0; i < config_.accumulation; ++i) {
      auto loaded = loader_->next();
      if (!loaded)
        throw std::runtime_error("the pages ended at step " + std::to_string(state_.steps) +
                                 "; data.epochs 0 has no end");
      batches.push_back(make_batch(loaded->pages));
      data_ = std::move(loaded->state);
    }
    const StepNumbers numbers = trainer_.step(batches, state_.steps);
    ++state_.steps;
    if (average_) average_->update(state_.steps);
    state_.num_tokens += numbers.num_tokens;
    state_.num_pages += numbers.num_pages;
    if (const auto usual = spikes_.add(numbers.loss)) say_spike(numbers.loss, *usual, batches);
    since_tokens_ += numbers.num_tokens;
    since_pages_ += numbers.num_pages;
    const bool last = state_.steps == config_.steps;
    if (log_ && (state_.steps % config_.log_every == 0 || last || state_.steps == 1))
      write(numbers);
    const Clock::time_point before = Clock::now();
    const ValidationConfig& validation = config_.validation;
    if (!validation.store.empty() && (state_.steps % validation.every == 0 || last)) look();
    if (config_.checkpoint.every > 0 && state_.steps % config_.checkpoint.every == 0)
      save(/*must=*/false);
    since_ += Clock::now() - before;
  }

  void write(const StepNumbers& numbers) {
    const double seconds = std::chrono::duration<double>(Clock::now() - since_).count();
    const RunPace pace{.num_tokens = state_.num_tokens,
                       .num_pages = state_.num_pages,
                       .tokens_per_s = static_cast<double>(since_tokens_) / seconds,
                       .pages_per_s = static_cast<double>(since_pages_) / seconds};
    go_on_without("line in the logs", [&] { log_->step(state_.steps, numbers, pace); });
    char note[96];
    std::snprintf(note, sizeof note, "loss %.4f, %.0f tokens/s, %.1f pages/s, %.1f GB",
                  numbers.loss, pace.tokens_per_s, pace.pages_per_s,
                  static_cast<double>(reports::peak_memory_bytes()) / 1e9);
    note_ = note;
    for (std::size_t i = 0; i < numbers.heads.size() && numbers.num_glyphs > 0; ++i) {
      std::snprintf(note, sizeof note, ", %s %.1f %%", kHeadNames[i],
                    100 * numbers.heads[i].accuracy);
      note_ += note;
    }
    since_ = Clock::now();
    since_tokens_ = since_pages_ = 0;
  }

  // With the averaged weights, where there are any: they are what the run is for.
  void look() {
    const WeightAverage::InPlace in_place(average());
    const ValidationNumbers numbers =
        validate(trainer_.network(), config_, tokenizer_, scorer_, group_);
    if (log_) go_on_without("line in the logs", [&] { log_->validation(state_.steps, numbers); });
    if (!config_.checkpoint.best || (state_.best_loss && numbers.loss >= *state_.best_loss)) return;
    state_.best_loss = numbers.loss;
    go_on_without("best checkpoint", [&] { checkpoints_.save_best(trainer_.network()); });
  }

  void say_spike(double loss, double usual, const std::vector<TrainBatch>& batches) {
    err_ << process() << "step " << state_.steps << ": loss " << loss << " after a mean of "
         << usual << "; pages:";
    for (const TrainBatch& batch : batches)
      for (const std::string& id : batch.ids) err_ << " " << id;
    err_ << "\n";
  }

  // A run goes on without a checkpoint that could not be written, but does not end without one.
  void save(bool must) {
    state_.data.clear();
    for (const std::string& of_rank :
         group_.all_gather(data_.to_json().dump(), "the place in the data"))
      state_.data.push_back(data::LoaderState::from_json(nlohmann::json::parse(of_rank)));
    const auto write = [&] {
      checkpoints_.save(trainer_.network(), trainer_.optimizer(), average(), trainer_.glyph_heads(),
                        state_);
      saved_ = state_.steps;
    };
    if (must)
      write();
    else
      go_on_without("checkpoint", write);
  }

  std::string process() const {
    return group_.size() > 1 ? "rank " + std::to_string(group_.rank()) + ": " : "";
  }

  // A full disk, for one, does not end a run: what was written before stays.
  template <class Write>
  void go_on_without(const char* what, Write write) {
    try {
      write();
    } catch (const GroupError&) {
      throw;
    } catch (const std::exception& error) {
      err_ << "step " << state_.steps << ": no " << what
           << " was written, the run goes on: " << error.what() << "\n";
    }
  }

  const TrainConfig& config_;
  std::filesystem::path folder_;
  const TextScorer& scorer_;
  Group& group_;
  std::ostream& err_;
  std::filesystem::path tokenizer_path_;
  data::Tokenizer tokenizer_;
  Checkpoints checkpoints_;
  std::optional<std::filesystem::path> newest_;
  Trainer trainer_;
  std::optional<WeightAverage> average_ = {};
  std::optional<RunLog> log_ = {};
  std::optional<data::PageLoader> loader_ = {};
  RunState state_ = {};
  data::LoaderState data_ = {};
  std::int64_t saved_ = -1;  // steps of the checkpoint that was written last
  SpikeWatch spikes_ = {};
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

std::filesystem::path run_training(const TrainConfig& config, const std::filesystem::path& folder,
                                   const TextScorer& scorer, Group& group,
                                   reports::Manifest& manifest, std::ostream& out,
                                   std::ostream& err) {
  const MatmulScope precision(config.matmul);
  Run run(config, folder, scorer, group, err);
  std::filesystem::path last = run.train();
  if (group.rank() != 0) return last;
  reports::write_file(folder / "manifest.json", manifest.to_json().dump(2) + "\n");
  reports::write_document(loss_curves(folder / "metrics.jsonl", config), folder);
  out << "Model: " << last.string() << "\nReport: " << (folder / "report.md").string() << "\n";
  return last;
}

}  // namespace dsocr::train
