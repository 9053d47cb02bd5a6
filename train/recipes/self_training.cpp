#include "train/recipes/self_training.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>

#include "configs/error.h"
#include "configs/seed.h"
#include "data/hdf5/page_store.h"
#include "reports/files.h"
#include "reports/render.h"
#include "train/run.h"

namespace dsocr::train {
namespace {

using nlohmann::ordered_json;

struct Round {
  std::filesystem::path model;
  RoundNumbers labels = {}, test = {};
};

ordered_json numbers_json(const RoundNumbers& numbers) {
  ordered_json json = ordered_json::object();
  for (const auto& [name, value] : numbers) json[name] = value;
  return json;
}

RoundNumbers numbers_of(const ordered_json& json) {
  RoundNumbers numbers;
  for (const auto& [name, value] : json.items()) numbers.emplace_back(name, value.get<double>());
  return numbers;
}

double number(const RoundNumbers& numbers, const std::string& name) {
  for (const auto& [key, value] : numbers)
    if (key == name) return value;
  throw configs::ConfigError("self_training.measure", "the test gives no number " + name);
}

// The training run of a round: the pages of the config and those that were labelled.
TrainConfig round_config(const TrainConfig& config, std::int64_t round,
                         const std::filesystem::path& teacher,
                         const std::filesystem::path& labelled) {
  const SelfTrainingConfig& self = config.self_training;
  TrainConfig of_round = config;
  of_round.self_training = {};
  if (self.student == Student::kTeacher) of_round.model = teacher.string();
  of_round.seed =
      configs::derive_seed(config.seed, "train.round", static_cast<std::uint64_t>(round));
  double weights = 0;
  for (data::LoaderSource& source : of_round.data.sources) {
    if (source.weight == 0)
      source.weight = static_cast<double>(data::PageStore(source.file).num_pages());
    weights += source.weight;
  }
  if (self.share == 1) of_round.data.sources.clear();
  of_round.data.sources.push_back(
      {.file = labelled.string(),
       .weight = self.share == 1 ? 0 : weights * self.share / (1 - self.share),
       .target = self.target,
       .keep_over = self.filter ? -1.0 : 0.0});
  return of_round;
}

reports::Document report_of(const TrainConfig& config, const std::vector<Round>& rounds,
                            const std::string& end) {
  reports::Document document;
  document.title = "Self-training of " + config.model;
  std::string labellers;
  for (const std::string& labeller : config.self_training.labellers)
    labellers += (labellers.empty() ? "" : ", ") + labeller;
  document.facts = {
      {"pages without labels", config.self_training.unlabelled},
      {"labelled by", labellers},
      {"filter", config.self_training.filter
                     ? "target error " + ordered_json(config.self_training.target_error).dump()
                     : "off"},
      {"test", config.self_training.test}};
  reports::Table table{"rounds", "Rounds", {{"round", "round"}}, {}};
  reports::Series measure{.label = config.self_training.measure, .group = "measure"};
  const auto add_columns = [&](const RoundNumbers& numbers) {
    for (const auto& number : numbers)
      if (std::none_of(table.columns.begin(), table.columns.end(),
                       [&](const reports::Column& column) { return column.key == number.first; }))
        table.columns.push_back({number.first, number.first, 4});
  };
  for (const Round& round : rounds) add_columns(round.test);
  for (const Round& round : rounds) add_columns(round.labels);
  for (std::size_t i = 0; i < rounds.size(); ++i) {
    ordered_json row{{"round", i}};
    row.update(numbers_json(rounds[i].test));
    row.update(numbers_json(rounds[i].labels));
    table.rows.push_back(std::move(row));
    measure.points.push_back(
        {static_cast<double>(i), number(rounds[i].test, config.self_training.measure), {}, {}});
  }
  document.tables.push_back(std::move(table));
  document.figures.push_back({"rounds",
                              "What each round bought",
                              "Round 0 is the model at the start.",
                              {"round", {}, {}},
                              {config.self_training.measure, 0.0, {}},
                              {{"", {std::move(measure)}}}});
  document.notes.push_back(end);
  return document;
}

class SelfTraining {
 public:
  SelfTraining(const TrainConfig& config, std::filesystem::path folder,
               const SelfTrainingHooks& hooks, const TextScorer& scorer, Group& group,
               reports::Manifest& manifest, std::ostream& out, std::ostream& err)
      : config_(config),
        self_(config.self_training),
        folder_(std::move(folder)),
        hooks_(hooks),
        scorer_(scorer),
        group_(group),
        manifest_(manifest),
        out_(out),
        err_(err) {}

  void run() {
    add_round(0, config_.model);
    std::string end = "All rounds were run.";
    for (std::int64_t round = 1; round <= self_.rounds; ++round) {
      if (const auto why = no_gain()) {
        end = *why;
        break;
      }
      const std::filesystem::path folder = round_folder(round);
      const RoundNumbers labels = once(folder / "labels.json", [&] {
        return hooks_.label(config_, teacher(), folder, folder_ / "labels");
      });
      std::filesystem::create_directories(folder / "train");
      const auto model = run_training(round_config(config_, round, teacher(), folder / "labels.h5"),
                                      folder / "train", scorer_, group_, manifest_, out_, err_);
      add_round(round, model);
      rounds_.back().labels = labels;
      if (group_.rank() == 0)
        reports::write_document(report_of(config_, rounds_, "Not all rounds were run yet."),
                                folder_);
    }
    if (group_.rank() != 0) return;
    reports::write_file(folder_ / "manifest.json", manifest_.to_json().dump(2) + "\n");
    reports::write_document(report_of(config_, rounds_, end), folder_);
    out_ << end << "\nModel: " << best().string()
         << "\nReport: " << (folder_ / "report.md").string() << "\n";
  }

 private:
  std::filesystem::path round_folder(std::int64_t round) const {
    return folder_ / ("round-" + std::to_string(round));
  }

  // The averaged weights are the better teacher, where a run has them.
  std::filesystem::path teacher() const {
    const std::filesystem::path average = rounds_.back().model / "average";
    return std::filesystem::exists(average) ? average : rounds_.back().model;
  }

  void add_round(std::int64_t round, const std::filesystem::path& model) {
    rounds_.push_back({model});
    rounds_.back().test =
        once(round_folder(round) / "test.json", [&] { return hooks_.test(config_, teacher()); });
    number(rounds_.back().test, self_.measure);  // is there
  }

  double measure(const Round& round) const { return number(round.test, self_.measure); }

  std::filesystem::path best() const {
    return std::min_element(rounds_.begin(), rounds_.end(),
                            [&](const Round& a, const Round& b) { return measure(a) < measure(b); })
        ->model;
  }

  // Why there is no further round.
  std::optional<std::string> no_gain() const {
    if (rounds_.size() < 2) return std::nullopt;
    double before = measure(rounds_[0]);
    for (std::size_t i = 1; i + 1 < rounds_.size(); ++i)
      before = std::min(before, measure(rounds_[i]));
    if (measure(rounds_.back()) <= before * (1 - self_.min_gain)) return std::nullopt;
    return "Round " + std::to_string(rounds_.size() - 1) + " was the last: " + self_.measure +
           " no longer fell.";
  }

  // Numbers that the first process finds, once in the run's life.
  template <class Find>
  RoundNumbers once(const std::filesystem::path& file, Find find) {
    if (group_.rank() == 0 && !std::filesystem::exists(file)) {
      std::filesystem::create_directories(file.parent_path());
      reports::write_file(file, numbers_json(find()).dump(2) + "\n");
    }
    group_.barrier("labels or a test of the first process");
    return numbers_of(ordered_json::parse(reports::read_file(file)));
  }

  const TrainConfig& config_;
  const SelfTrainingConfig& self_;
  std::filesystem::path folder_;
  const SelfTrainingHooks& hooks_;
  const TextScorer& scorer_;
  Group& group_;
  reports::Manifest& manifest_;
  std::ostream& out_;
  std::ostream& err_;
  std::vector<Round> rounds_ = {};
};

}  // namespace

void run_self_training(const TrainConfig& config, const std::filesystem::path& folder,
                       const SelfTrainingHooks& hooks, const TextScorer& scorer, Group& group,
                       reports::Manifest& manifest, std::ostream& out, std::ostream& err) {
  if (config.self_training.test.empty())
    throw configs::ConfigError("self_training.test",
                               "must name a store: without it nobody sees what a round bought");
  SelfTraining(config, folder, hooks, scorer, group, manifest, out, err).run();
}

}  // namespace dsocr::train
