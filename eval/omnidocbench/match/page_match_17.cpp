#include "eval/omnidocbench/match/page_match_17.h"

#include <algorithm>

#include "eval/metrics/edit_distance.h"
#include "eval/omnidocbench/match/formula_candidates.h"
#include "eval/omnidocbench/match/local_repair.h"
#include "eval/omnidocbench/match/official_time.h"
#include "eval/omnidocbench/match/page_lines.h"
#include "eval/omnidocbench/match/quick_match.h"
#include "eval/omnidocbench/table/html_tokenizer.h"
#include "eval/omnidocbench/table/table_html.h"
#include "eval/omnidocbench/text/inline_latex.h"
#include "eval/omnidocbench/text/text_norm.h"

namespace dsocr::omnidocbench {
namespace {

// Empty where the official tool would stop.
std::u32string norm_of(const std::u32string& html) {
  try {
    return normalise_table(html, Version::k17);
  } catch (const HtmlRejected&) {
    return {};
  }
}

// LaTeX tables have no HTML, so they are no lines, but they keep their place among the items.
std::vector<TableRow> match_tables(const TruthPage& page, const std::vector<Item>& items,
                                   Rules rules) {
  std::vector<TableRow> rows;
  if (page.tables.empty()) return rows;
  TruthLines truth;
  for (const TruthElement& table : page.tables) {
    truth.places.push_back({table.order, table.labels});
    std::u32string norm = norm_of(table.content);
    if (!norm.empty()) truth.lines.push_back({table.content, std::move(norm), table.category});
  }
  PredictionLines predictions;
  for (const char* category : {"html_table", "latex_table"})
    for (const Item& item : items) {
      if (item.category != category) continue;
      predictions.places.push_back({item.kind(), item.start, item.end});
      if (item.category != "html_table") continue;
      std::u32string norm = norm_of(item.content);
      if (!norm.empty()) predictions.lines.push_back({item.content, std::move(norm)});
    }
  for (Row& row : simple_match(truth, predictions, rules))
    if (row.has_truth()) rows.push_back({std::move(row), false});
  return rows;
}

// A formula that was paired with text is compared as text.
void compare_as_texts(Row& row) {
  const bool truth_is_formula = row.truth_category == kFormulaClass;
  const bool prediction_is_formula = is_formula_kind(row.prediction_category);
  if (!row.has_truth() || !row.has_prediction() || truth_is_formula == prediction_is_formula)
    return;
  row.truth = cross_text(truth_is_formula, row.truth);
  row.prediction = cross_text(prediction_is_formula, row.prediction);
  row.norm_truth = normalise_text(row.truth, Version::k17);
  row.norm_prediction = normalise_text(row.prediction, Version::k17);
  row.edit = metrics::normalised_edit_distance(row.norm_truth, row.norm_prediction);
}

}  // namespace

PageRows match_page_17(const TruthPage& page, const std::vector<Item>& items, Rules rules) {
  PageRows rows;
  rows.tables = match_tables(page, items, rules);

  std::vector<Item> pool;
  for (const Item& item : items)
    if (item.category == "text_all" || item.category == kFormulaClass) pool.push_back(item);
  sort_inline_last(pool);
  const TruthLines truth = truth_lines(split_formulas(page.elements, rules), rules);
  const PredictionLines predictions = prediction_lines(split_formulas(pool, rules), rules);
  std::vector<Row> mixed = quick_match(truth, predictions, rules);
  rows.slow_officially = official_may_time_out(truth, predictions, mixed, rules);
  for (Row& row : mixed) compare_as_texts(row);
  repair_texts(mixed, pool);

  for (Row& row : mixed) {
    if (row.truth_category == kFormulaClass)
      rows.formulas.push_back(std::move(row));
    else if (row.has_truth() ? is_text_class(row.truth_category)
                             : rules.corrected && stands_alone(row))
      rows.texts.push_back(std::move(row));
  }
  std::vector<TruthElement> formulas;
  for (const TruthElement& element : page.elements)
    if (element.category == kFormulaClass) formulas.push_back(element);
  if (!formulas.empty()) rows.formulas = best_formula_rows(formulas, items, rows.formulas);

  drop_ignored(rows.texts);
  std::vector<Row> tables;
  for (const TableRow& table : rows.tables) tables.push_back(table.row);
  rows.order = reading_order({&rows.texts, &rows.formulas, &tables});
  return rows;
}

}  // namespace dsocr::omnidocbench
