#include "eval/omnidocbench/match/page_match.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "eval/omnidocbench/match/official_time.h"
#include "eval/omnidocbench/match/page_lines.h"
#include "eval/omnidocbench/match/page_match_17.h"
#include "eval/omnidocbench/match/quick_match.h"
#include "eval/omnidocbench/match/reading_order.h"
#include "eval/omnidocbench/table/table_html.h"

namespace dsocr::omnidocbench {
namespace {

std::vector<Item> items_of(const std::vector<Item>& items, std::string_view category) {
  std::vector<Item> result;
  for (const Item& item : items)
    if (item.category == category) result.push_back(item);
  return result;
}

// Tables are compared as they stand; what finds no partner is said in `left`.
std::vector<TableRow> match_tables(const TruthPage& page, const std::vector<Item>& items,
                                   Rules rules, std::vector<Item>& left) {
  std::vector<TableRow> rows;
  if (page.tables.empty()) return rows;
  const std::vector<Item> latex = items_of(items, "latex_table");
  const std::vector<Item> html = items_of(items, "html_table");
  const bool by_latex = latex.size() > html.size();
  const std::vector<Item>& predicted = by_latex ? latex : html;

  TruthLines truth;
  std::vector<std::u32string> html_of_lines;
  for (const TruthElement& table : page.tables) {
    const std::u32string& text = by_latex ? table.latex : table.content;
    truth.places.push_back({table.order, table.labels});
    if (text.empty()) continue;
    truth.lines.push_back({text, text, table.category});
    html_of_lines.push_back(table.content);
  }
  PredictionLines predictions;
  for (const Item& item : predicted) {
    predictions.places.push_back({item.kind(), item.start, item.end});
    if (!item.content.empty()) predictions.lines.push_back({item.content, item.content});
  }
  for (Row& row : simple_match(truth, predictions, rules)) {
    if (!row.has_truth()) {
      for (const size_t i : row.prediction_lines) left.push_back(predicted[i]);
      continue;
    }
    row.truth = html_of_lines[row.truth_lines.front()];
    rows.push_back({std::move(row), by_latex});
  }
  return rows;
}

// Cells of tables that nothing was found for are texts.
void add_table_texts(const std::vector<Item>& tables, std::vector<Item>& items) {
  for (const Item& table : tables) {
    std::vector<std::u32string> cells;
    try {
      cells = table_cell_texts(table.content);
    } catch (const std::runtime_error&) {
      continue;  // it is no HTML that the official tool could read
    }
    for (std::u32string& text : cells) {
      items.push_back(table);
      items.back().category = "text_all";
      items.back().content = std::move(text);
    }
  }
}

std::vector<Row> match_lines(const TruthLines& truth, const PredictionLines& predictions,
                             MatchMethod method, Rules rules) {
  switch (method) {
    case MatchMethod::kSimple:
      return simple_match(truth, predictions, rules);
    case MatchMethod::kNoSplit:
      return no_split(truth, predictions);
    case MatchMethod::kQuick:
      break;
  }
  return quick_match(truth, predictions, rules);
}

// v1.0: texts with texts, formulas with formulas.
PageRows match_apart(const TruthPage& page, const std::vector<Item>& items, MatchMethod method,
                     Rules rules) {
  PageRows rows;
  std::vector<Item> left;
  rows.tables = match_tables(page, items, rules, left);
  std::vector<TruthElement> texts, formulas;
  for (const TruthElement& element : page.elements)
    (element.category == kFormulaClass ? formulas : texts).push_back(element);
  const auto match = [&](const std::vector<TruthElement>& elements, std::string_view category) {
    if (elements.empty()) return std::vector<Row>();
    const TruthLines truth = truth_lines(elements, rules);
    const PredictionLines predictions = prediction_lines(items_of(items, category), rules);
    std::vector<Row> matched = match_lines(truth, predictions, method, rules);
    // Formulas have no limit there.
    if (method == MatchMethod::kQuick && category == "text_all")
      rows.slow_officially = official_may_time_out(truth, predictions, matched, rules);
    return matched;
  };
  rows.texts = match(texts, "text_all");
  rows.formulas = match(formulas, kFormulaClass);
  drop_ignored(rows.texts);
  std::erase_if(rows.formulas, [](const Row& row) { return !row.has_truth(); });
  if (method != MatchMethod::kNoSplit) rows.order = reading_order({&rows.texts});
  return rows;
}

// v1.5: texts and formulas in one pool.
PageRows match_mixed(const TruthPage& page, const std::vector<Item>& items, Rules rules) {
  PageRows rows;
  std::vector<Item> left;
  rows.tables = match_tables(page, items, rules, left);
  std::vector<Item> pool;
  for (const Item& item : items)
    if (item.category != "html_table" && item.category != "latex_table") pool.push_back(item);
  add_table_texts(left, pool);
  sort_inline_last(pool);
  const TruthLines truth = truth_lines(split_formulas(page.elements, rules), rules);
  const PredictionLines predictions = prediction_lines(split_formulas(pool, rules), rules);
  std::vector<Row> mixed = quick_match(truth, predictions, rules);
  rows.slow_officially = official_may_time_out(truth, predictions, mixed, rules);
  for (Row& row : mixed) {
    if (row.truth_category == kFormulaClass)
      rows.formulas.push_back(std::move(row));
    else if (row.has_truth() ? is_text_class(row.truth_category)
                             : rules.corrected && stands_alone(row))
      rows.texts.push_back(std::move(row));
  }
  drop_ignored(rows.texts);
  rows.order = reading_order({&rows.texts});
  return rows;
}

}  // namespace

std::span<const std::pair<std::string_view, MatchMethod>> enum_names(MatchMethod) {
  static constexpr std::array<std::pair<std::string_view, MatchMethod>, 3> kNames{
      {{"quick", MatchMethod::kQuick},
       {"simple", MatchMethod::kSimple},
       {"no_split", MatchMethod::kNoSplit}}};
  return kNames;
}

PageRows match_page(const TruthPage& page, std::u32string_view prediction, Rules rules,
                    MatchMethod method) {
  const std::vector<Item> items = grouped(parse_markdown(prediction, rules));
  switch (rules.version) {
    case Version::k10:
      return match_apart(page, items, method, rules);
    case Version::k17:
      return match_page_17(page, items, rules);
    case Version::k15:
      break;
  }
  return match_mixed(page, items, rules);
}

}  // namespace dsocr::omnidocbench
