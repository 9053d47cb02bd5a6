#include "eval/omnidocbench/scores.h"

#include <algorithm>

#include "eval/metrics/edit_distance.h"
#include "eval/normalize/unicode.h"
#include "eval/omnidocbench/latex/latex_to_text.h"
#include "eval/omnidocbench/table/table_html.h"
#include "eval/omnidocbench/text/text_norm.h"

namespace dsocr::omnidocbench {
namespace {

// An empty norm gives way to the raw text.
std::u32string_view compared(const std::u32string& norm, const std::u32string& raw, Rules rules) {
  return norm.empty() && !rules.corrected ? raw : norm;
}

Sample scored(Row row, Rules rules) {
  Sample sample{std::move(row)};
  const std::u32string_view truth = compared(sample.row.norm_truth, sample.row.truth, rules);
  const std::u32string_view prediction =
      compared(sample.row.norm_prediction, sample.row.prediction, rules);
  sample.edits = metrics::edit_distance(prediction, truth);
  sample.max_length = std::max(truth.size(), prediction.size());
  return sample;
}

// The normal form of a table, or nothing and a note where the official tool would stop.
std::u32string norm_or_note(const std::u32string& html, Rules rules, std::string& note) {
  try {
    return normalise_table(html, rules);
  } catch (const std::runtime_error& error) {
    note = error.what();
    return {};
  }
}

// v1.5 gives LaTeX tables no score; v1.0 and v1.7 turn them into HTML by a program that may not be
// there, which comes to the same.
Sample scored_table(TableRow table, Rules rules, std::vector<std::string>& notes) {
  Row& row = table.row;
  if (table.latex) {
    row.prediction_lines.clear();
    row.prediction.clear();
    row.norm_prediction.clear();
    row.prediction_category.clear();
    row.prediction_position.reset();
    row.edit = 1;
  }
  std::string note;
  row.norm_truth = norm_or_note(row.truth, rules, note);
  row.norm_prediction = norm_or_note(row.prediction, rules, note);
  if (!note.empty()) row.prediction.clear();
  Sample sample = scored(std::move(row), rules);
  try {
    sample.teds = teds(compared(sample.row.norm_prediction, sample.row.prediction, rules),
                       compared(sample.row.norm_truth, sample.row.truth, rules));
  } catch (const std::runtime_error& error) {
    note = error.what();
    sample.teds = Teds{};
  }
  if (!note.empty()) notes.push_back("a table counts 0: " + note);
  return sample;
}

std::optional<Sample> scored_order(const std::optional<ReadingOrder>& order) {
  if (!order) return std::nullopt;
  Sample sample;
  // Places become characters of their own: equal places, equal characters.
  std::vector<double> known;
  const auto text = [&](const std::vector<double>& places) {
    std::u32string characters;
    for (const double place : places) {
      auto it = std::find(known.begin(), known.end(), place);
      if (it == known.end()) it = known.insert(known.end(), place);
      characters.push_back(static_cast<char32_t>(1 + (it - known.begin())));
    }
    return characters;
  };
  const std::u32string truth = text(order->truth), prediction = text(order->prediction);
  sample.edits = metrics::edit_distance(prediction, truth);
  sample.max_length = std::max(truth.size(), prediction.size());
  for (const double place : order->truth) sample.row.truth_positions.emplace_back(place);
  sample.order = order->prediction;
  return sample;
}

bool is_formula_row(const Row& row) {
  return row.prediction_category.empty() || is_formula_kind(row.prediction_category);
}

// A formula that was matched to text is compared as text.
Sample scored_as_text(Row row, Rules rules) {
  if (rules == Version::k15) {
    try {
      row.truth = latex_to_text(row.truth, Pylatexenc::k30a30);
    } catch (const LatexError&) {
      // The formula stays as it is.
    }
    row.norm_truth = clean_text(row.truth, rules);
  }
  return scored(std::move(row), rules);
}

}  // namespace

PageSamples score_page(const TruthPage& page, std::u32string_view prediction, Rules rules,
                       MatchMethod method) {
  PageRows rows = match_page(page, prediction, rules, method);
  PageSamples samples{.image = page.image, .labels = page.labels};
  for (Row& row : rows.texts) samples.texts.push_back(scored(std::move(row), rules));
  for (Row& row : rows.formulas)
    if (rules == Version::k10 || is_formula_row(row))
      samples.formulas.push_back(scored(std::move(row), rules));
    else
      samples.moved_texts.push_back(scored_as_text(std::move(row), rules));
  for (TableRow& table : rows.tables)
    (table.latex ? samples.latex_tables : samples.html_tables)
        .push_back(scored_table(std::move(table), rules, samples.notes));
  if (auto order = scored_order(rows.order)) samples.order.push_back(std::move(*order));
  if (rows.slow_officially)
    samples.notes.emplace_back(
        "the official tool may have stopped pairing it at its time limit and paired it another "
        "way; here it is paired in full");
  samples.has_truth_table = !page.tables.empty();
  samples.has_truth_formula =
      std::any_of(page.elements.begin(), page.elements.end(),
                  [](const TruthElement& element) { return element.category == kFormulaClass; });
  return samples;
}

std::vector<TextPair> compared_texts(const ElementSamples& element) {
  std::vector<TextPair> pairs;
  for (const auto& [page, sample] : element.samples)
    pairs.emplace_back(compared(sample->row.norm_truth, sample->row.truth, Version::k15),
                       compared(sample->row.norm_prediction, sample->row.prediction, Version::k15));
  return pairs;
}

std::vector<ElementSamples> collect_samples(const std::vector<PageSamples>& pages,
                                            Version version) {
  std::vector<ElementSamples> elements{
      {"text_block"}, {"display_formula"}, {"table"}, {"reading_order"}};
  const auto take = [](ElementSamples& element, const PageSamples& page,
                       const std::vector<Sample>& samples) {
    for (const Sample& sample : samples) element.samples.emplace_back(&page, &sample);
  };
  size_t num_html = 0, num_latex = 0;
  for (const PageSamples& page : pages) {
    take(elements[0], page, page.texts);
    take(elements[1], page, page.formulas);
    take(elements[3], page, page.order);
    num_html += page.html_tables.size();
    num_latex += page.latex_tables.size();
  }
  // v1.5 loses these when there is no other text.
  if (version == Version::k17 || !elements[0].samples.empty())
    for (const PageSamples& page : pages) take(elements[0], page, page.moved_texts);
  // v1.0 scores the kind of table that there is more of.
  const bool only_one_kind = version == Version::k10;
  if (!only_one_kind || num_html >= num_latex)
    for (const PageSamples& page : pages) take(elements[2], page, page.html_tables);
  if (!only_one_kind || num_latex > num_html)
    for (const PageSamples& page : pages) take(elements[2], page, page.latex_tables);
  return elements;
}

}  // namespace dsocr::omnidocbench
