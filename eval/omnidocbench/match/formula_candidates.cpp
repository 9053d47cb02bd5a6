#include "eval/omnidocbench/match/formula_candidates.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <set>

#include "eval/metrics/edit_distance.h"
#include "eval/omnidocbench/match/assignment.h"
#include "eval/omnidocbench/match/formula_alignment.h"
#include "eval/omnidocbench/match/page_lines.h"
#include "eval/omnidocbench/match/quick_match.h"
#include "eval/omnidocbench/text/formula_lines.h"
#include "eval/omnidocbench/text/formula_norm.h"
#include "eval/omnidocbench/text/latex_strings.h"
#include "eval/omnidocbench/text/strings.h"

namespace dsocr::omnidocbench {
namespace {

constexpr double kSameScore = 1e-12;
constexpr size_t kMaxPartitions = 128, kMaxLines = 8;

using Assignment = std::vector<std::vector<size_t>>;  // predictions of each truth

// An item and the number of the item that it was cut from.
struct SourcedItem {
  Item item;
  size_t source;
};

struct Candidate {
  std::vector<Row> rows;
  std::vector<std::vector<size_t>> sources;  // of each row
  size_t num_braced = 0;                     // predictions with logic braces
};

std::vector<Item> formula_pool(const std::vector<Item>& items) {
  std::vector<Item> pool;
  const auto take = [&](std::string_view category) {
    for (const Item& item : items) {
      if (item.category != category) continue;
      Item formula = item;
      formula.category = kFormulaClass;
      const bool repeated = std::any_of(pool.begin(), pool.end(), [&](const Item& known) {
        return known.start == formula.start && known.end == formula.end &&
               known.content == formula.content && known.fine == formula.fine;
      });
      if (!repeated) pool.push_back(std::move(formula));
    }
  };
  take(kFormulaClass);
  take("formula_rescue");
  std::stable_sort(pool.begin(), pool.end(), [](const Item& a, const Item& b) {
    const bool inline_a = a.fine == "equation_inline", inline_b = b.fine == "equation_inline";
    return std::tuple(a.start, inline_a, a.end) < std::tuple(b.start, inline_b, b.end);
  });
  return pool;
}

std::string formula_kind(const std::string& kind) {
  return kind.empty() || kind == "equation_inline" ? kind : std::string(kFormulaClass);
}

// Lines of formulas. As in all lists of lines, kinds and places are those of the items with their
// numbers, although items without text are no lines.
std::vector<FormulaPrediction> predictions_of(const std::vector<SourcedItem>& items) {
  std::vector<FormulaPrediction> predictions;
  for (const SourcedItem& item : items) {
    std::u32string norm = normalise_formula(item.item.content, Version::k17);
    if (!item.item.content.empty() && !norm.empty())
      predictions.push_back({item.item.content, std::move(norm), {}, 0, 0});
  }
  for (size_t i = 0; i < predictions.size(); ++i) {
    predictions[i].kind = formula_kind(items[i].item.kind());
    predictions[i].source = items[i].source;
    predictions[i].start = static_cast<double>(items[i].item.start);
  }
  return predictions;
}

std::vector<SourcedItem> unsplit(const std::vector<Item>& pool) {
  std::vector<SourcedItem> items;
  for (size_t i = 0; i < pool.size(); ++i) items.push_back({pool[i], i});
  return items;
}

std::vector<SourcedItem> split_items(const std::vector<Item>& pool) {
  std::vector<SourcedItem> items;
  for (size_t i = 0; i < pool.size(); ++i)
    for (Item& line : split_formulas(std::vector<Item>{pool[i]}, Version::k17))
      items.push_back({std::move(line), i});
  return items;
}

Assignment assign(const TruthLines& truth, const std::vector<FormulaPrediction>& predictions) {
  const size_t g = truth.lines.size(), p = predictions.size();
  CostMatrix cost(g + p, g + p, 1);
  for (size_t i = 0; i < g; ++i)
    for (size_t j = 0; j < p; ++j)
      cost(i, j) = metrics::normalised_edit_distance(truth.lines[i].norm, predictions[j].norm);
  for (size_t i = g; i < g + p; ++i)
    for (size_t j = p; j < g + p; ++j) cost(i, j) = 0;
  Assignment assignment(g);
  for (const auto& [i, j] : linear_sum_assignment(cost))
    if (i < g && j < p) assignment[i] = {j};
  return assignment;
}

Row formula_row(const TruthLines& truth, size_t i,
                const std::vector<FormulaPrediction>& predictions,
                const std::vector<size_t>& members) {
  const TruthLine& line = truth.lines[i];
  const TruthPlace& place = truth.places[i];
  Row row;
  row.truth_lines = {i};
  row.truth = line.raw;
  row.norm_truth = line.norm;
  row.truth_category = line.category;
  row.truth_positions = {place.order && *place.order != 0 ? place.order : std::nullopt};
  row.truth_labels = {place.labels};
  if (members.empty()) return row;
  row.prediction_lines = members;
  row.norm_prediction = joined_norm(predictions, members);
  const FormulaPrediction& first = predictions[members.front()];
  row.prediction_position = first.start;
  row.prediction_category = members.size() == 1 ? first.kind : std::string(kFormulaClass);
  row.edit = metrics::normalised_edit_distance(row.norm_truth, row.norm_prediction);
  if (members.size() == 1) {
    row.prediction = first.raw;
    return row;
  }
  std::vector<std::u32string> parts;
  for (const size_t member : members)
    if (std::u32string part(strip_delimiters(predictions[member].raw)); !part.empty())
      parts.push_back(std::move(part));
  row.prediction = parts.size() == 1
                       ? parts[0]
                       : U"\\begin{array}{l} {" + join(parts, U"} \\\\ {") + U"} \\end{array}";
  return row;
}

class Chooser {
 public:
  Chooser(const std::vector<TruthElement>& formulas, const std::vector<Item>& pool)
      : truth_(truth_lines(split_formulas(formulas, Version::k17), Version::k17)),
        num_items_(pool.size()) {
    for (const TruthLine& line : truth_.lines) norms_.push_back(line.norm);
  }

  // The rows of the match with texts; their numbers count other lines, but are taken for those of
  // the formulas.
  void add_current(const std::vector<Row>& rows) {
    Candidate candidate{rows, {}};
    for (Row& row : candidate.rows)
      if (row.prediction_category != "equation_inline" &&
          (row.prediction_category.starts_with("equation") ||
           row.prediction_category.find("formula") != std::string::npos))
        row.prediction_category = kFormulaClass;
    for (const Row& row : candidate.rows) {
      candidate.sources.emplace_back();
      for (const size_t index : row.prediction_lines)
        if (index < num_items_) candidate.sources.back().push_back(index);
    }
    add(std::move(candidate));
  }

  void add_all(const std::vector<Item>& pool, size_t num_braced) {
    num_braced_ = num_braced;
    const std::vector<SourcedItem> items = unsplit(pool);
    const std::vector<FormulaPrediction> whole = predictions_of(items);
    add_quick(pool);
    add_assigned(assign(truth_, whole), whole);
    add_assigned(align_formulas(norms_, whole, false), whole);
    add_assigned(align_formulas(norms_, whole, true), whole);
    add_partitions(pool);
    const std::vector<SourcedItem> split = split_items(pool);
    if (split.size() <= items.size()) return;
    const std::vector<FormulaPrediction> lines = predictions_of(split);
    add_assigned(align_formulas(norms_, lines, false), lines);
    add_assigned(align_formulas(norms_, lines, true), lines);
  }

  const std::optional<Candidate>& best() const { return best_; }

 private:
  void add_quick(const std::vector<Item>& pool) {
    std::vector<size_t> order(pool.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      return pool[a].fine != "equation_inline" && pool[b].fine == "equation_inline";
    });
    std::vector<Item> sorted;
    for (const size_t i : order) sorted.push_back(pool[i]);
    Candidate candidate{
        quick_match(truth_, prediction_lines(sorted, Version::k17), Version::k17), {}, num_braced_};
    std::erase_if(candidate.rows, [](const Row& row) { return !row.has_truth(); });
    for (Row& row : candidate.rows) {
      row.prediction_category = formula_kind(row.prediction_category);
      candidate.sources.emplace_back();
      for (const size_t line : row.prediction_lines)
        candidate.sources.back().push_back(order[line]);
    }
    add(std::move(candidate));
  }

  void add_assigned(const Assignment& assignment,
                    const std::vector<FormulaPrediction>& predictions) {
    Candidate candidate;
    candidate.num_braced = num_braced_;
    for (size_t i = 0; i < assignment.size(); ++i) {
      candidate.rows.push_back(formula_row(truth_, i, predictions, assignment[i]));
      candidate.sources.push_back(sources_of(predictions, assignment[i]));
    }
    add(std::move(candidate));
  }

  static std::vector<size_t> sources_of(const std::vector<FormulaPrediction>& predictions,
                                        const std::vector<size_t>& members) {
    std::vector<size_t> sources;
    for (const size_t member : members) sources.push_back(predictions[member].source);
    return sources;
  }

  // Formulas of several lines, cut in all ways.
  void add_partitions(const std::vector<Item>& pool) {
    std::vector<std::vector<std::vector<Item>>> options;  // of each item: lists of formulas
    size_t combinations = 1;
    for (const Item& item : pool) {
      options.push_back(groupings(item));
      combinations *= options.back().size();
      if (combinations > kMaxPartitions) return;
    }
    if (combinations == 1) return;
    std::vector<size_t> choice(pool.size());
    for (size_t n = 0; n < combinations; ++n) {
      std::vector<SourcedItem> items;
      for (size_t i = 0; i < pool.size(); ++i)
        for (const Item& item : options[i][choice[i]]) items.push_back({item, i});
      const std::vector<FormulaPrediction> predictions = predictions_of(items);
      add_assigned(assign(truth_, predictions), predictions);
      for (size_t i = pool.size(); i-- > 0;) {
        if (++choice[i] < options[i].size()) break;
        choice[i] = 0;
      }
    }
  }

  static std::vector<std::vector<Item>> groupings(const Item& item) {
    const std::vector<FormulaLine> lines = split_multiline(item.content, item.start);
    if (lines.size() < 2 || lines.size() > kMaxLines) return {{item}};
    std::vector<std::vector<Item>> result;
    for (size_t mask = 0; mask < size_t{1} << (lines.size() - 1); ++mask) {
      std::vector<Item> groups;
      for (size_t first = 0; first < lines.size();) {
        size_t last = first;
        while (last + 1 < lines.size() && !(mask >> last & 1)) ++last;
        groups.push_back(group(item, lines, first, last));
        first = last + 1;
      }
      result.push_back(std::move(groups));
    }
    return result;
  }

  static Item group(const Item& item, const std::vector<FormulaLine>& lines, size_t first,
                    size_t last) {
    Item result{item.category, item.fine, lines[first].start, lines[last].end,
                lines[first].content};
    if (first == last) return result;
    std::vector<std::u32string> parts;
    for (size_t i = first; i <= last; ++i) parts.emplace_back(strip_delimiters(lines[i].content));
    result.content = U"\\[\\begin{array}{l}{" + join(parts, U"}\\\\{") + U"}\\end{array}\\]";
    return result;
  }

  // Whether each truth is there once, with a formula or with nothing.
  bool is_complete(const Candidate& candidate) const {
    std::set<size_t> truths;
    for (const Row& row : candidate.rows) {
      if (row.truth_lines.size() != 1) return false;
      truths.insert(row.truth_lines.front());
      if (!row.prediction_category.empty() && !is_formula_kind(row.prediction_category))
        return false;
    }
    return truths.size() == candidate.rows.size() && candidate.rows.size() == truth_.lines.size();
  }

  std::array<double, 6> price(const Candidate& candidate) const {
    double edits = 0, lev = 0, length = 0, unmatched = 0;
    std::set<size_t> used;
    for (size_t i = 0; i < candidate.rows.size(); ++i) {
      const Row& row = candidate.rows[i];
      edits += row.edit;
      used.insert(candidate.sources[i].begin(), candidate.sources[i].end());
      if (!row.has_prediction()) {
        ++unmatched;
        continue;
      }
      lev += static_cast<double>(metrics::edit_distance(row.norm_truth, row.norm_prediction));
      length += static_cast<double>(std::max(row.norm_truth.size(), row.norm_prediction.size()));
    }
    const double unused = static_cast<double>(num_items_) - static_cast<double>(used.size());
    return {edits,
            length > 0 ? lev / length : 0,
            std::max(unused, 0.0),
            candidate.rows.empty() ? 0 : edits / static_cast<double>(candidate.rows.size()),
            -static_cast<double>(candidate.num_braced),
            unmatched};
  }

  void add(Candidate candidate) {
    if (!is_complete(candidate)) return;
    const std::array<double, 6> cost = price(candidate);
    if (best_) {
      size_t at = 0;
      while (at < cost.size() && std::abs(cost[at] - best_price_[at]) <= kSameScore) ++at;
      if (at == cost.size() || cost[at] > best_price_[at]) return;
    }
    best_ = std::move(candidate);
    best_price_ = cost;
  }

  TruthLines truth_;
  std::vector<std::u32string> norms_;
  size_t num_items_, num_braced_ = 0;
  std::optional<Candidate> best_;
  std::array<double, 6> best_price_{};
};

}  // namespace

std::vector<Row> best_formula_rows(const std::vector<TruthElement>& formulas,
                                   const std::vector<Item>& items,
                                   const std::vector<Row>& current) {
  const std::vector<Item> pool = formula_pool(items);
  Chooser chooser(formulas, pool);
  chooser.add_current(current);
  chooser.add_all(pool, 0);
  std::vector<Item> braced = pool;
  size_t changed = 0;
  for (Item& item : braced) {
    std::u32string content = logic_braces(item.content);
    if (content == item.content) continue;
    item.content = std::move(content);
    ++changed;
  }
  if (changed > 0) chooser.add_all(braced, changed);
  return chooser.best() ? chooser.best()->rows : current;
}

}  // namespace dsocr::omnidocbench
