#include "eval/sweep/score.h"

#include <algorithm>
#include <map>

#include "data/error.h"
#include "eval/page_intervals.h"
#include "eval/runner.h"
#include "reports/document.h"
#include "reports/progress.h"

namespace dsocr::eval {
namespace {

using nlohmann::ordered_json;
using PageNumber = std::function<double(size_t page)>;

class Summary {
 public:
  Summary(const SweepConfig& config, const SweepPages& sweep, const std::vector<SweepScore>& scores)
      : config_(config), sweep_(sweep), scores_(scores) {}

  // A row of numbers of some pages; `name` tells their resamples from those of other rows.
  ordered_json row(const std::vector<size_t>& pages, const std::string& name) const {
    const PageIntervals intervals(config_.bootstrap, pages.size(), "sweep." + name);
    const auto mean = [&](const PageNumber& number) {
      double sum = 0;
      for (const size_t page : pages) sum += number(page);
      return sum / static_cast<double>(pages.size());
    };
    const auto estimate = [&](double (SweepScore::*number)() const) {
      std::vector<double> values;
      for (const size_t page : pages) values.push_back((scores_[page].*number)());
      const auto interval = intervals.of(values);
      return reports::estimate(
          mean([&](size_t page) { return (scores_[page].*number)(); }),
          interval ? std::optional(std::pair(interval->low, interval->high)) : std::nullopt);
    };
    const auto count = [&](const std::function<bool(const SweepScore&)>& is) {
      return std::count_if(pages.begin(), pages.end(),
                           [&](size_t page) { return is(scores_[page]); });
    };
    const auto of = [&](size_t page) -> const SweepPage& { return sweep_.pages[page]; };
    const double vision =
        mean([&](size_t page) { return static_cast<double>(of(page).vision_tokens); });
    const double tokens = mean([&](size_t page) { return static_cast<double>(of(page).tokens); });
    const double characters =
        mean([&](size_t page) { return static_cast<double>(scores_[page].text.len_gt); });
    return {{"pages", pages.size()},
            {"tokens", tokens},
            {"vision_tokens", vision},
            {"compression", tokens / vision},
            {"characters_per_vision_token", characters / vision},
            {"font_px_in_view", mean([&](size_t page) { return of(page).font_px; })},
            {"area_used", mean([&](size_t page) { return of(page).area_used; })},
            {"precision", estimate(&SweepScore::precision)},
            {"recall", estimate(&SweepScore::recall)},
            {"accuracy", estimate(&SweepScore::accuracy)},
            {"cer", estimate(&SweepScore::cer)},
            {"loops", count([](const SweepScore& s) { return s.repetition.looping; })},
            {"undefined",
             count([](const SweepScore& s) { return !s.text.scores[Metric::kPrecision]; })},
            {"failed", count([](const SweepScore& s) { return s.failure.has_value(); })}};
  }

  // A row for every value that `key_of` gives of a page's cell, in the order of the cells.
  ordered_json rows(const std::string& name,
                    const std::function<ordered_json(const SweepCell&)>& key_of) const {
    std::vector<std::pair<ordered_json, std::vector<size_t>>> groups;
    for (size_t page = 0; page < sweep_.pages.size(); ++page) {
      const ordered_json key = key_of(sweep_.cells[sweep_.pages[page].cell]);
      auto group = std::find_if(groups.begin(), groups.end(),
                                [&](const auto& other) { return other.first == key; });
      if (group == groups.end()) group = groups.emplace(group, key, std::vector<size_t>());
      group->second.push_back(page);
    }
    ordered_json rows = ordered_json::array();
    for (const auto& [key, pages] : groups) {
      rows.push_back(key);
      rows.back().update(row(pages, name + "." + key.dump()));
    }
    return rows;
  }

  // The share of the accuracy's variance over pages that each axis of the grid explains by itself
  // (eta squared): of texts and modes whose grid of ratios and sizes is complete, where the two do
  // not go together.
  ordered_json shares() const {
    ordered_json all = ordered_json::array();
    for (const SweepText& text : config_.texts)
      for (const configs::VisionMode mode : config_.modes) {
        std::vector<size_t> pages;
        for (size_t page = 0; page < sweep_.pages.size(); ++page) {
          const SweepCell& cell = sweep_.cells[sweep_.pages[page].cell];
          if (cell.text == text.name && cell.mode == mode) pages.push_back(page);
        }
        const bool complete =
            pages.size() == config_.ratios.size() * config_.font_px.size() * config_.pages;
        if (!complete || config_.ratios.size() < 2 || config_.font_px.size() < 2) continue;
        all.push_back({{"text", text.name},
                       {"mode", configs::mode_name(mode)},
                       {"ratio", explained(pages, &SweepCell::ratio)},
                       {"font_px", explained(pages, &SweepCell::font_px)}});
      }
    return all;
  }

 private:
  double explained(const std::vector<size_t>& pages, double SweepCell::*axis) const {
    std::map<double, std::pair<double, double>> groups;  // sum and number
    double sum = 0, squares = 0;
    for (const size_t page : pages) {
      const double value = scores_[page].accuracy();
      auto& [of_group, count] = groups[sweep_.cells[sweep_.pages[page].cell].*axis];
      of_group += value;
      count += 1;
      sum += value;
      squares += value * value;
    }
    const double middle = sum * sum / static_cast<double>(pages.size());
    double between = -middle;
    for (const auto& [value, group] : groups) between += group.first * group.first / group.second;
    return squares > middle ? between / (squares - middle) : 0;
  }

  const SweepConfig& config_;
  const SweepPages& sweep_;
  const std::vector<SweepScore>& scores_;
};

}  // namespace

double SweepScore::cer() const {
  return static_cast<double>(text.edit_ops) / static_cast<double>(std::max<size_t>(text.len_gt, 1));
}

std::vector<SweepScore> score_sweep(
    const SweepConfig& config, const SweepPages& sweep, const Scorer& scorer,
    const std::function<std::unique_ptr<OcrEngine>(configs::VisionMode)>& engine_of,
    ordered_json& engine) {
  std::vector<SweepScore> scores(sweep.pages.size());
  std::vector<configs::VisionMode> modes = config.modes;
  for (const configs::VisionMode mode : modes) {
    std::vector<size_t> places;
    std::vector<PageRequest> requests;
    std::vector<std::string> ids;
    for (size_t i = 0; i < sweep.pages.size(); ++i) {
      if (sweep.cells[sweep.pages[i].cell].mode != mode) continue;
      places.push_back(i);
      ids.push_back(sweep.pages[i].id);
      requests.push_back({sweep.pages[i].id, sweep.pages[i].image, config.prompt});
    }
    if (places.empty()) continue;
    const std::unique_ptr<OcrEngine> reader = engine_of(mode);
    reader->check_pages(ids);
    std::vector<Transcript> transcripts = reader->transcribe(requests);
    engine = reader->describe();
    for (size_t i = 0; i < places.size(); ++i) {
      scores[places[i]].reading = std::move(transcripts[i].text);
      scores[places[i]].failure = std::move(transcripts[i].failure);
    }
  }
  reports::Progress progress("Scoring", "pages", scores.size());
  return map_ordered(scores.size(), num_threads(config.threads), progress, [&](size_t i) {
    SweepScore score = std::move(scores[i]);
    try {
      const std::u32string reading = metrics::decode_utf8(score.reading);
      score.text = scorer.score(metrics::decode_utf8(sweep.pages[i].truth), reading);
      score.repetition = metrics::find_repetition(reading);
    } catch (const std::invalid_argument& error) {
      throw data::DataError("", sweep.pages[i].id, error.what());
    }
    return score;
  });
}

ordered_json sample_json(const SweepCell& cell, const SweepPage& page, const SweepScore& score) {
  const auto optional = [](const auto& value) {
    return value ? ordered_json(*value) : ordered_json(nullptr);
  };
  return {
      {"id", page.id},
      {"text", cell.text},
      {"mode", configs::mode_name(cell.mode)},
      {"ratio", cell.ratio},
      {"font_px", cell.font_px},
      {"tokens", page.tokens},
      {"vision_tokens", page.vision_tokens},
      {"compression", static_cast<double>(page.tokens) / static_cast<double>(page.vision_tokens)},
      {"characters", score.text.len_gt},
      {"font_px_in_view", page.font_px},
      {"area_used", page.area_used},
      {"precision", optional(score.text.scores[Metric::kPrecision])},
      {"recall", optional(score.text.scores[Metric::kRecall])},
      {"accuracy", score.accuracy()},
      {"cer", score.cer()},
      {"loop", score.repetition.looping},
      {"failure", optional(score.failure)},
      {"truth", page.truth},
      {"reading", score.reading}};
}

ordered_json summarise_sweep(const SweepConfig& config, const SweepPages& sweep,
                             const std::vector<SweepScore>& scores) {
  const Summary summary(config, sweep, scores);
  return {
      {"cells", summary.rows("cells",
                             [](const SweepCell& cell) -> ordered_json {
                               return {{"text", cell.text},
                                       {"mode", configs::mode_name(cell.mode)},
                                       {"ratio", cell.ratio},
                                       {"font_px", cell.font_px}};
                             })},
      {"curve", summary.rows("curve",
                             [](const SweepCell& cell) -> ordered_json {
                               return {{"text", cell.text},
                                       {"mode", configs::mode_name(cell.mode)},
                                       {"ratio", cell.ratio}};
                             })},
      {"grid", summary.rows(
                   "grid",
                   [](const SweepCell& cell) -> ordered_json {
                     return {{"text", cell.text}, {"ratio", cell.ratio}, {"font_px", cell.font_px}};
                   })},
      {"shares", summary.shares()}};
}

}  // namespace dsocr::eval
