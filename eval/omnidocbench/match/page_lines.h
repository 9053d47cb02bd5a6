#pragma once

#include <vector>

#include "eval/omnidocbench/markdown/markdown.h"
#include "eval/omnidocbench/match/rows.h"
#include "eval/omnidocbench/truth.h"
#include "eval/omnidocbench/version.h"

// Lines that are to be matched (spec: OmniDocBench, sections 5.1 and 5.3).
namespace dsocr::omnidocbench {

/// Formulas of several lines become one element a line.
std::vector<TruthElement> split_formulas(const std::vector<TruthElement>& elements,
                                         Version version);
std::vector<Item> split_formulas(const std::vector<Item>& items, Version version);

/// By place in the text, formulas inside of lines of text behind all others.
void sort_inline_last(std::vector<Item>& items);

TruthLines truth_lines(const std::vector<TruthElement>& elements, Rules rules);
PredictionLines prediction_lines(const std::vector<Item>& items, Rules rules);

}  // namespace dsocr::omnidocbench
