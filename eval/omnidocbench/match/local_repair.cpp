#include "eval/omnidocbench/match/local_repair.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "eval/metrics/edit_distance.h"
#include "eval/omnidocbench/text/formula_norm.h"
#include "eval/omnidocbench/text/inline_latex.h"
#include "eval/omnidocbench/text/regex.h"
#include "eval/omnidocbench/text/strings.h"
#include "eval/omnidocbench/text/text_norm.h"

namespace dsocr::omnidocbench {
namespace {

constexpr double kFar = 0.45;     // edit distance from which a row is tried
constexpr double kMinGain = 0.2;  // a repair is better by as much
constexpr double kSameEdit = 1e-12;
constexpr size_t kLongText = 80, kWindow = 8;

// What a text with formulas may take, and what other texts may.
struct Limits {
  size_t max_items;
  double max_edit;
  bool formulas;
};
constexpr Limits kWithFormulas{8, 0.45, true}, kPlain{4, 0.35, false};

struct Repair {
  size_t row, first, count;
  double edit, gain;
  std::u32string norm;
};

bool has_formula_hint(std::u32string_view text) {
  static const Regex formula(R"(\$[^$]+\$|\\\([^)]*\\\))");
  if (contains_any(text, {U"\\frac", U"\\sum", U"\\int", U"\\sqrt", U"\\left", U"\\right"}))
    return true;
  if (contains_any(text, {U"^", U"_"}) && contains_any(text, {U"$", U"\\"})) return true;
  return formula.found(text);
}

std::u32string target_of(const Row& row, bool hint) {
  if (!hint) return normalise_text(cross_text(false, row.truth), Version::k17);
  static const Regex formula(R"(\$(.*?)\$|\\\((.*?)\\\))");
  return normalise_text(formula.replace(row.truth,
                                        [&](const Match& match) {
                                          return std::u32string(strip(normalise_formula(
                                              match.group(row.truth, 0), Version::k17)));
                                        }),
                        Version::k17);
}

class Repairer {
 public:
  Repairer(std::vector<Row>& rows, const std::vector<Item>& items) : rows_(rows), items_(items) {
    for (const Row& row : rows) own_.push_back(items_of(row));
  }

  void run() {
    std::vector<Repair> repairs;
    for (size_t i = 0; i < rows_.size(); ++i)
      if (auto repair = best_repair(i)) repairs.push_back(std::move(*repair));
    std::stable_sort(repairs.begin(), repairs.end(),
                     [](const Repair& a, const Repair& b) { return a.gain > b.gain; });
    std::vector<bool> taken(items_.size());
    for (Repair& repair : repairs) {
      const auto begin = taken.begin() + static_cast<ptrdiff_t>(repair.first);
      const auto end = begin + static_cast<ptrdiff_t>(repair.count);
      if (std::find(begin, end, true) != end) continue;
      std::fill(begin, end, true);
      apply(repair);
    }
  }

 private:
  // Numbers of a row's predictions. They count the lines after splitting, but the official tool
  // takes them for these items.
  std::vector<size_t> items_of(const Row& row) const {
    std::vector<size_t> indices;
    for (const size_t index : row.prediction_lines)
      if (index < items_.size()) indices.push_back(index);
    if (indices.empty() && row.prediction_position)
      for (size_t i = 0; i < items_.size(); ++i)
        if (static_cast<double>(items_[i].start) <= *row.prediction_position &&
            *row.prediction_position <= static_cast<double>(items_[i].end))
          indices.push_back(i);
    return indices;
  }

  std::optional<Repair> best_repair(size_t index) const {
    const Row& row = rows_[index];
    const bool is_title = row.truth_category == "title";
    if (!is_title && row.truth_category != "text_block") return std::nullopt;
    if (!(row.edit > kFar)) return std::nullopt;
    const bool hint = has_formula_hint(row.truth);
    if (!is_title && !hint && row.norm_truth.size() < kLongText) return std::nullopt;
    const std::u32string target = target_of(row, hint);
    if (target.empty()) return std::nullopt;
    const Limits& limits = hint ? kWithFormulas : kPlain;

    std::vector<bool> allowed(items_.size());
    const auto [low, high] = window(own_[index]);
    for (size_t i = low; i < high; ++i)
      allowed[i] = items_[i].category == "text_all" || limits.formulas;
    for (size_t other = 0; other < rows_.size(); ++other)
      if (other != index && rows_[other].has_truth())
        for (const size_t i : own_[other]) allowed[i] = false;

    std::optional<Repair> best;
    const size_t own_first = own_[index].empty() ? 0 : own_[index].front();
    const auto distance = [&](size_t first) {
      return own_[index].empty() ? 0 : first > own_first ? first - own_first : own_first - first;
    };
    for (size_t first = low; first < high; ++first) {
      std::u32string text;
      for (size_t last = first; last < high && last - first < limits.max_items && allowed[last];
           ++last) {
        if (last > first) text += U' ';
        text += cross_text(items_[last].category == "equation_isolated", items_[last].content);
        std::u32string norm = normalise_text(text, Version::k17);
        if (norm.empty()) continue;
        const double edit = metrics::normalised_edit_distance(target, norm);
        const size_t count = last - first + 1;
        const bool better = !best || edit < best->edit - kSameEdit ||
                            (std::abs(edit - best->edit) <= kSameEdit &&
                             (count < best->count ||
                              (count == best->count && distance(first) < distance(best->first))));
        if (better) best = Repair{index, first, count, edit, row.edit - edit, std::move(norm)};
      }
    }
    if (!best || !(best->edit < row.edit - kMinGain) || best->edit > limits.max_edit)
      return std::nullopt;
    return best;
  }

  // Items within reach of a row's own ones; all of them when it has none.
  std::pair<size_t, size_t> window(const std::vector<size_t>& own) const {
    if (own.empty()) return {0, items_.size()};
    const auto [least, most] = std::minmax_element(own.begin(), own.end());
    return {*least > kWindow ? *least - kWindow : 0, std::min(*most + kWindow + 1, items_.size())};
  }

  void apply(Repair& repair) {
    Row& row = rows_[repair.row];
    row.prediction_lines.clear();
    row.prediction.clear();
    for (size_t i = repair.first; i < repair.first + repair.count; ++i) {
      row.prediction_lines.push_back(i);
      row.prediction += items_[i].content;
    }
    row.prediction_position = static_cast<double>(items_[repair.first].start);
    row.prediction_category = "text_block";
    row.norm_prediction = std::move(repair.norm);
    row.edit = repair.edit;
  }

  std::vector<Row>& rows_;
  const std::vector<Item>& items_;
  std::vector<std::vector<size_t>> own_;  // items of each row
};

}  // namespace

void repair_texts(std::vector<Row>& rows, const std::vector<Item>& items) {
  Repairer(rows, items).run();
}

}  // namespace dsocr::omnidocbench
