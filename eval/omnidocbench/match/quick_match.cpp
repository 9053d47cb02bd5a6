#include "eval/omnidocbench/match/quick_match.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "eval/metrics/edit_distance.h"
#include "eval/omnidocbench/match/assignment.h"
#include "eval/omnidocbench/match/merge_truncated.h"
#include "eval/omnidocbench/match/set_order.h"
#include "eval/omnidocbench/match/windows.h"
#include "eval/omnidocbench/text/latex_strings.h"
#include "eval/omnidocbench/text/strings.h"
#include "eval/omnidocbench/truth.h"

namespace dsocr::omnidocbench {
namespace {

using Indices = std::vector<size_t>;
using metrics::normalised_edit_distance;

constexpr double kIgnoredPartner = 0.25;  // predictions nearer to an ignored text are taken out
constexpr double kMaxCost = 0.7;          // of a pair in the first assignment
constexpr double kPartOfPrediction = 0.4;
constexpr size_t kMaxMerged17 = 160;

// Predictions (ascending) and the truths that go with them.
struct Group {
  Indices predictions, truths;
};

class Matcher {
 public:
  Matcher(const TruthLines& truth, const PredictionLines& predictions, Rules rules)
      : truth_(truth), predictions_(predictions), rules_(rules) {}

  std::vector<Row> match() {
    const size_t num_truths = truth_.lines.size(), num_predictions = predictions_.lines.size();
    std::vector<Row> rows;
    if (num_truths == 0) {
      for (size_t i = 0; i < num_predictions; ++i) rows.push_back(row({{i}, {}}));
      return rows;
    }
    if (num_predictions == 0) {
      for (size_t i = 0; i < num_truths; ++i) rows.push_back(row({{}, {i}}));
      return rows;
    }
    if (num_truths == 1 && num_predictions == 1) return {row({{0}, {0}})};

    choose_lines();
    assign();
    attach_parts();
    return finish();
  }

 private:
  std::u32string_view norm_of_truth(size_t i) const { return truth_.lines[truths_[i]].norm; }
  std::u32string_view norm_of_prediction(size_t i) const {
    return predictions_.lines[left_[i]].norm;
  }

  // Texts that reach no score, such as headers, take their predictions away first.
  void choose_lines() {
    std::vector<bool> gone(predictions_.lines.size());
    for (size_t i = 0; i < truth_.lines.size(); ++i) {
      const TruthLine& line = truth_.lines[i];
      if (rules_ == Version::k10 || !is_ignored_class(line.category)) {
        truths_.push_back(i);
        continue;
      }
      for (size_t j = 0; j < predictions_.lines.size(); ++j)
        if (!gone[j] &&
            normalised_edit_distance(line.norm, predictions_.lines[j].norm) < kIgnoredPartner)
          gone[j] = true;
    }
    for (size_t j = 0; j < predictions_.lines.size(); ++j)
      if (!gone[j]) left_.push_back(j);
  }

  void assign() {
    std::vector<std::u32string_view> truths, texts;
    for (size_t i = 0; i < truths_.size(); ++i) truths.push_back(norm_of_truth(i));
    for (size_t j = 0; j < left_.size(); ++j) texts.push_back(norm_of_prediction(j));
    CostMatrix cost(truths.size(), texts.size());
    for (size_t i = 0; i < truths.size(); ++i)
      for (size_t j = 0; j < texts.size(); ++j)
        cost(i, j) = normalised_edit_distance(truths[i], texts[j]);

    std::vector<Indices> columns(texts.size());
    for (size_t j = 0; j < texts.size(); ++j) columns[j] = {j};
    const size_t max_members = rules_ == Version::k17 ? kMaxMerged17 : texts.size();
    for (const Indices& members : truncated_predictions(truths, texts, cost, max_members)) {
      if (members.size() == 1) continue;
      const auto first = std::find(columns.begin(), columns.end(), Indices{members.front()});
      columns.erase(first + 1, first + static_cast<ptrdiff_t>(members.size()));
      *first = members;
    }
    CostMatrix merged(truths.size(), columns.size());
    for (size_t j = 0; j < columns.size(); ++j) {
      const std::u32string joined = join_texts(columns[j], U" ");
      for (size_t i = 0; i < truths.size(); ++i)
        merged(i, j) = columns[j].size() == 1 ? cost(i, columns[j][0])
                                              : normalised_edit_distance(truths[i], joined);
    }
    placed_.assign(truths.size(), false);
    used_.assign(texts.size(), false);
    for (const auto& [i, j] : linear_sum_assignment(merged))
      if (merged(i, j) <= kMaxCost) add(columns[j], {i});
  }

  std::u32string join_texts(const Indices& members, std::u32string_view separator) const {
    std::u32string joined;
    for (size_t i = 0; i < members.size(); ++i) {
      if (i > 0) joined.append(separator);
      joined.append(norm_of_prediction(members[i]));
    }
    return joined;
  }

  // Truths that have no partner yet may be a part of any prediction.
  void attach_parts() {
    Indices unmatched;
    for (size_t i = 0; i < truths_.size(); ++i)
      if (!placed_[i] &&
          !(rules_ == Version::k17 && truth_.lines[truths_[i]].category == kFormulaClass))
        unmatched.push_back(i);
    for (size_t j = 0; j < left_.size(); ++j) {
      Indices parts;
      for (const size_t i : unmatched)
        if (has_near_window(norm_of_prediction(j), norm_of_truth(i), kPartOfPrediction))
          parts.push_back(i);
      if (!parts.empty()) add({j}, parts);
    }
  }

  void add(const Indices& predictions, const Indices& truths) {
    auto group = std::find_if(groups_.begin(), groups_.end(),
                              [&](const Group& known) { return known.predictions == predictions; });
    if (group == groups_.end()) group = groups_.insert(groups_.end(), {predictions, {}});
    for (const size_t i : truths)
      if (!placed_[i]) {
        group->truths.push_back(i);
        placed_[i] = true;
      }
    for (const size_t j : predictions) used_[j] = true;
  }

  std::vector<Row> finish() {
    Indices placed, used, nowhere;
    for (size_t i = 0; i < placed_.size(); ++i) {
      if (placed_[i]) placed.push_back(i);
    }
    for (size_t j = 0; j < used_.size(); ++j)
      if (used_[j]) used.push_back(j);
    const Indices truths_left = set_difference_order(truths_.size(), placed);
    const Indices predictions_left = set_difference_order(left_.size(), used);

    std::vector<Row> rows;
    std::vector<bool> in_row = placed_;
    for (const Group& group : groups_)
      if (!group.truths.empty()) rows.push_back(row(original(group)));
    if (!truths_left.empty() && !predictions_left.empty()) {
      CostMatrix cost(truths_left.size(), predictions_left.size());
      for (size_t i = 0; i < cost.rows; ++i)
        for (size_t j = 0; j < cost.columns; ++j)
          cost(i, j) =
              rest_cost(norm_of_truth(truths_left[i]), norm_of_prediction(predictions_left[j]));
      for (const auto& [i, j] : linear_sum_assignment(cost)) {
        if (rules_.corrected && cost(i, j) > kMaxCost) continue;
        in_row[truths_left[i]] = true;
        used_[predictions_left[j]] = true;
        rows.push_back(row(original({{predictions_left[j]}, {truths_left[i]}})));
        rows.back().edit = 1;
      }
    }
    if (rules_.corrected) {
      for (const size_t j : predictions_left)
        if (!used_[j]) rows.push_back(row(original({{j}, {}})));
    } else if (truths_left.empty() && !predictions_left.empty()) {
      rows.push_back(row(original({predictions_left, {}})));
    }
    if (rules_ == Version::k10 && predictions_left.empty() && !rules_.corrected)  // twice in v1.0
      for (const size_t i : truths_left) rows.push_back(row(original({{}, {i}})));
    for (size_t i = 0; i < truths_.size(); ++i)
      if (!in_row[i]) rows.push_back(row(original({{}, {i}})));
    return rows;
  }

  // v1.0 forgets to divide by the length here.
  double rest_cost(std::u32string_view truth, std::u32string_view prediction) const {
    return rules_ == Version::k10 ? static_cast<double>(metrics::edit_distance(truth, prediction))
                                  : normalised_edit_distance(truth, prediction);
  }

  Group original(const Group& group) const {
    Group result;
    for (const size_t j : group.predictions) result.predictions.push_back(left_[j]);
    for (const size_t i : group.truths) result.truths.push_back(truths_[i]);
    std::sort(result.truths.begin(), result.truths.end());
    return result;
  }

  // A row of lines by their numbers in the lists that came in.
  Row row(const Group& group) const {
    Row row;
    row.truth_lines = group.truths;
    row.prediction_lines = group.predictions;
    std::vector<std::u32string> truths, predictions;
    for (const size_t i : group.truths) {
      truths.push_back(truth_.lines[i].raw);
      row.norm_truth += truth_.lines[i].norm;
      const TruthPlace& place = truth_.places[i];
      row.truth_positions.push_back(place.order && *place.order != 0 ? place.order : std::nullopt);
      row.truth_labels.push_back(place.labels);
    }
    std::u32string spaced;
    for (const size_t j : group.predictions) {
      predictions.push_back(predictions_.lines[j].raw);
      row.norm_prediction += predictions_.lines[j].norm;
      if (!spaced.empty()) spaced += U' ';
      spaced += predictions_.lines[j].norm;
    }
    row.truth_category = most_frequent_class(group.truths);
    if (row.has_prediction()) {
      const PredictionPlace& place = predictions_.places[group.predictions.front()];
      row.prediction_category = place.kind;
      row.prediction_position = static_cast<double>(place.start);
    }
    row.truth = joined(truths, row.truth_category == kFormulaClass);
    row.prediction =
        joined(predictions, row.prediction_category.find("equation") != std::string::npos);
    if (row.has_truth() && row.has_prediction())
      row.edit = normalised_edit_distance(
          row.norm_truth,
          group.truths.size() == 1 ? spaced : predictions_.lines[group.predictions.front()].norm);
    return row;
  }

  std::string most_frequent_class(const Indices& truths) const {
    std::vector<std::pair<std::string, size_t>> counts;
    for (const size_t i : truths) {
      const std::string& category = truth_.lines[i].category;
      if (is_ignored_class(category)) continue;
      const auto known = std::find_if(counts.begin(), counts.end(),
                                      [&](const auto& count) { return count.first == category; });
      if (known == counts.end())
        counts.emplace_back(category, 1);
      else
        ++known->second;
    }
    const auto most =
        std::max_element(counts.begin(), counts.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    if (most != counts.end()) return most->first;
    return truths.empty() ? std::string() : truth_.lines[truths.front()].category;
  }

  std::u32string joined(const std::vector<std::u32string>& members, bool formula) const {
    if (!formula || members.size() < 2 || rules_ == Version::k10) return join(members, U"");
    std::vector<std::u32string> cells;
    for (const std::u32string& member : members) {
      std::u32string inside(rules_ == Version::k17 ? strip_delimiters(member)
                                                   : strip(strip(member, U"$"), U"\n"));
      cells.push_back(U"{" + inside + U"}");
    }
    return U"\\begin{array}{l} " + join(cells, U" \\\\ ") + U" \\end{array}";
  }

  const TruthLines& truth_;
  const PredictionLines& predictions_;
  Rules rules_;
  Indices truths_, left_;  // numbers of the lines that take part
  std::vector<Group> groups_;
  std::vector<bool> placed_, used_;
};

Row single(const TruthLines& truth, const PredictionLines& predictions, const Indices& truths,
           const Indices& texts, Rules rules) {
  Row row;
  row.truth_lines = truths;
  row.prediction_lines = texts;
  for (const size_t i : truths) {
    row.truth += truth.lines[i].raw;
    row.norm_truth += truth.lines[i].norm;
    row.truth_category = truth.lines[i].category;
    const TruthPlace& place = truth.places[i];
    row.truth_positions.push_back(place.order && *place.order != 0 ? place.order : std::nullopt);
    row.truth_labels.push_back(place.labels);
  }
  for (const size_t j : texts) {
    row.prediction += predictions.lines[j].raw;
    row.norm_prediction += predictions.lines[j].norm;
  }
  // The official tool takes number 0 for none.
  if (!texts.empty() && (texts.front() != 0 || rules.corrected)) {
    row.prediction_category = predictions.places[texts.front()].kind;
    row.prediction_position = static_cast<double>(predictions.places[texts.front()].start);
  }
  if (!truths.empty() && !texts.empty())
    row.edit = normalised_edit_distance(row.norm_truth, row.norm_prediction);
  return row;
}

}  // namespace

std::vector<Row> quick_match(const TruthLines& truth, const PredictionLines& predictions,
                             Rules rules) {
  return Matcher(truth, predictions, rules).match();
}

std::vector<Row> simple_match(const TruthLines& truth, const PredictionLines& predictions,
                              Rules rules) {
  CostMatrix cost(truth.lines.size(), predictions.lines.size());
  for (size_t i = 0; i < cost.rows; ++i)
    for (size_t j = 0; j < cost.columns; ++j)
      cost(i, j) = normalised_edit_distance(truth.lines[i].norm, predictions.lines[j].norm);
  std::vector<std::optional<size_t>> partner(cost.rows);
  std::vector<bool> used(cost.columns);
  for (const auto& [i, j] : linear_sum_assignment(cost)) {
    partner[i] = j;
    used[j] = true;
  }
  std::vector<Row> rows;
  for (size_t i = 0; i < cost.rows; ++i)
    rows.push_back(
        single(truth, predictions, {i}, partner[i] ? Indices{*partner[i]} : Indices{}, rules));
  Indices left;
  for (size_t j = 0; j < cost.columns; ++j)
    if (!used[j]) left.push_back(j);
  if (!left.empty()) rows.push_back(single(truth, predictions, {}, left, rules));
  return rows;
}

std::vector<Row> no_split(const TruthLines& truth, const PredictionLines& predictions) {
  std::vector<size_t> truths, texts(predictions.lines.size());
  for (size_t i = 0; i < truth.lines.size(); ++i)
    if (truth.places[i].order.value_or(0) != 0) truths.push_back(i);
  std::iota(texts.begin(), texts.end(), size_t{0});
  std::stable_sort(truths.begin(), truths.end(), [&](size_t a, size_t b) {
    return *truth.places[a].order < *truth.places[b].order;
  });
  std::stable_sort(texts.begin(), texts.end(), [&](size_t a, size_t b) {
    return predictions.places[a].start < predictions.places[b].start;
  });

  Row row{.truth_lines = {0}, .prediction_lines = {0}};
  row.truth_category = row.prediction_category = kMergedClass;
  row.truth_positions = {std::nullopt};
  row.truth_labels = {{}};
  const auto append = [](std::u32string& to, const std::u32string& line, bool first) {
    to.append(first ? U"" : U"\n\n").append(line);
  };
  for (const size_t i : truths) {
    append(row.truth, truth.lines[i].raw, i == truths.front());
    append(row.norm_truth, truth.lines[i].norm, i == truths.front());
  }
  for (const size_t j : texts) {
    append(row.prediction, predictions.lines[j].raw, j == texts.front());
    append(row.norm_prediction, predictions.lines[j].norm, j == texts.front());
  }
  row.edit = normalised_edit_distance(row.norm_truth, row.norm_prediction);
  return {row};
}

}  // namespace dsocr::omnidocbench
