#include "eval/omnidocbench/match/page_lines.h"

#include <algorithm>
#include <cmath>

#include "eval/omnidocbench/text/formula_lines.h"
#include "eval/omnidocbench/text/formula_norm.h"
#include "eval/omnidocbench/text/text_norm.h"

namespace dsocr::omnidocbench {
namespace {

std::vector<FormulaLine> lines_of(std::u32string_view formula, size_t start, Version version) {
  return version == Version::k17 ? split_multiline(formula, start) : split_array(formula, start);
}

// Lines of a formula stand between it and the next element.
double line_order(double order, size_t line, Version version) {
  const double step = static_cast<double>(line);
  return version == Version::k17 ? order + step / 1000 : std::round((order + step / 10) * 10) / 10;
}

}  // namespace

std::vector<TruthElement> split_formulas(const std::vector<TruthElement>& elements,
                                         Version version) {
  std::vector<TruthElement> result;
  for (const TruthElement& element : elements) {
    std::vector<FormulaLine> lines;
    if (element.category == kFormulaClass) lines = lines_of(element.content, 0, version);
    if (lines.empty()) result.push_back(element);
    for (size_t i = 0; i < lines.size(); ++i) {
      result.push_back(element);
      result.back().content = std::move(lines[i].content);
      if (element.order) result.back().order = line_order(*element.order, i + 1, version);
    }
  }
  return result;
}

std::vector<Item> split_formulas(const std::vector<Item>& items, Version version) {
  std::vector<Item> result;
  for (const Item& item : items) {
    std::vector<FormulaLine> lines;
    if (item.category == kFormulaClass) lines = lines_of(item.content, item.start, version);
    if (lines.empty()) result.push_back(item);
    for (FormulaLine& line : lines)
      result.push_back({item.category, item.fine, line.start, line.end, std::move(line.content)});
  }
  return result;
}

void sort_inline_last(std::vector<Item>& items) {
  std::stable_sort(items.begin(), items.end(), [](const Item& a, const Item& b) {
    const bool inline_a = a.fine == "equation_inline", inline_b = b.fine == "equation_inline";
    return inline_a != inline_b ? inline_b : a.start < b.start;
  });
}

TruthLines truth_lines(const std::vector<TruthElement>& elements, Rules rules) {
  TruthLines result;
  for (const TruthElement& element : elements) {
    std::u32string norm = element.category == kFormulaClass
                              ? normalise_formula(element.content, rules)
                              : normalise_text(element.content, rules);
    const bool is_line = !element.content.empty() && !norm.empty();
    if (is_line) result.lines.push_back({element.content, std::move(norm), element.category});
    if (is_line || !rules.corrected) result.places.push_back({element.order, element.labels});
  }
  return result;
}

PredictionLines prediction_lines(const std::vector<Item>& items, Rules rules) {
  PredictionLines result;
  for (const Item& item : items) {
    std::u32string norm = item.content;
    if (item.category == "text_all") norm = normalise_text(item.content, rules);
    if (item.category == kFormulaClass) norm = normalise_formula(item.content, rules);
    const bool is_line = !item.content.empty() && !norm.empty();
    if (is_line) result.lines.push_back({item.content, std::move(norm)});
    if (is_line || !rules.corrected) result.places.push_back({item.kind(), item.start, item.end});
  }
  return result;
}

}  // namespace dsocr::omnidocbench
