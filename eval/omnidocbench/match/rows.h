#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dsocr::omnidocbench {

/// A line of the ground truth that takes part in a match.
struct TruthLine {
  std::u32string raw, norm;
  std::string category;
};

/// What the official tool looks up under a line's number. Lines whose text is empty fall out of the
/// list of lines but not out of this one, so that what follows them is looked up one place early
/// (spec: OmniDocBench, section 5.1).
struct TruthPlace {
  std::optional<double> order;
  std::vector<std::string> labels;
};

struct TruthLines {
  std::vector<TruthLine> lines;
  std::vector<TruthPlace> places;
};

struct PredictionLine {
  std::u32string raw, norm;
};

struct PredictionPlace {
  std::string kind;  // fine category, else category
  size_t start = 0, end = 0;
};

struct PredictionLines {
  std::vector<PredictionLine> lines;
  std::vector<PredictionPlace> places;
};

/// One pairing of ground truth and prediction (spec: section 5.8); either side may be missing.
struct Row {
  std::vector<size_t> truth_lines = {}, prediction_lines = {};
  std::u32string truth = {}, prediction = {}, norm_truth = {}, norm_prediction = {};
  std::string truth_category = {}, prediction_category = {};
  std::vector<std::optional<double>> truth_positions = {};  // of each truth line
  std::optional<double> prediction_position = {};
  std::vector<std::vector<std::string>> truth_labels = {};  // attributes of each truth line
  double edit = 1;  // as the match saw it; scores are computed anew

  bool has_truth() const { return !truth_lines.empty(); }
  bool has_prediction() const { return !prediction_lines.empty(); }
};

/// Kinds of predictions that are formulas.
inline bool is_formula_kind(std::string_view kind) {
  return kind == "equation_isolated" || kind == "equation_inline";
}

/// True for a prediction that is no part of another one, as formulas inside of texts and cells are.
inline bool stands_alone(const Row& row) {
  return row.prediction_category != "equation_inline" &&
         row.prediction_category != "table_formula_rescue";
}

}  // namespace dsocr::omnidocbench
