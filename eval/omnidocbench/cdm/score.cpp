#include "eval/omnidocbench/cdm/score.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "eval/omnidocbench/cdm/ransac.h"
#include "eval/omnidocbench/match/assignment.h"

namespace dsocr::omnidocbench::cdm {
namespace {

constexpr double kPositionWeight = 0.05, kOrderWeight = 0.15;
constexpr double kBadCost = 100;  // instead of NaN or infinity

struct Side {
  std::vector<std::string> tokens, symbols;
  std::vector<Box> boxes;
  std::vector<std::array<double, 4>> corners;  // by the image's size
};

Side side_of(const TypesetFormula& formula, Version version) {
  Side side;
  const double width = formula.width, height = formula.height;
  for (const auto& [token, box] : formula.tokens) {
    if (!box) continue;
    side.tokens.push_back(token);
    side.symbols.push_back(canonical_symbol(token, version));
    side.boxes.push_back(*box);
    side.corners.push_back(
        {box->left / width, box->top / height, box->right / width, box->bottom / height});
  }
  return side;
}

double token_cost(const Side& truth, size_t i, const Side& predicted, size_t j, Version version) {
  if (truth.tokens[i] == predicted.tokens[j]) return 0;
  if (truth.symbols[i] == predicted.symbols[j]) return version == Version::k17 ? 0.005 : 0.05;
  return 1;
}

double position_cost(const std::array<double, 4>& a, const std::array<double, 4>& b) {
  double sum = 0;
  for (size_t k = 0; k < a.size(); ++k) sum += std::fabs(a[k] - b[k]);
  return sum / 4;
}

CostMatrix costs(const Side& truth, const Side& predicted, Version version) {
  const size_t rows = truth.tokens.size(), columns = predicted.tokens.size();
  const size_t longest = std::max(rows, columns);
  const auto row_scale = static_cast<double>(version == Version::k17 ? longest : rows);
  const auto column_scale = static_cast<double>(version == Version::k17 ? longest : columns);
  CostMatrix cost(rows, columns);
  for (size_t i = 0; i < rows; ++i) {
    for (size_t j = 0; j < columns; ++j) {
      const double order =
          std::fabs(static_cast<double>(i) / row_scale - static_cast<double>(j) / column_scale);
      const double value = token_cost(truth, i, predicted, j, version) +
                           kPositionWeight * position_cost(truth.corners[i], predicted.corners[j]) +
                           kOrderWeight * order;
      cost(i, j) = std::isfinite(value) ? value : kBadCost;
    }
  }
  return cost;
}

Point centre(const Box& box) {
  return {(box.top + box.bottom) / 2.0, (box.left + box.right) / 2.0};
}

/// Python's round(value, 3): the nearest by the double's exact value.
double round3(double value) {
  std::array<char, 64> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, 3).ptr;
  double rounded = 0;
  std::from_chars(text.data(), end, rounded);
  return rounded;
}

double ratio3(size_t part, size_t whole) {
  return whole == 0 ? 0 : round3(static_cast<double>(part) / static_cast<double>(whole));
}

}  // namespace

MatchScore score_boxes(const TypesetFormula& truth, const TypesetFormula& predicted,
                       Version version) {
  const Side a = side_of(truth, version), b = side_of(predicted, version);
  MatchScore score;
  score.num_truth = a.tokens.size();
  score.num_predicted = b.tokens.size();
  if (a.tokens.empty() || b.tokens.empty()) return score;
  score.matched = linear_sum_assignment(costs(a, b, version));
  std::vector<std::pair<Point, Point>> points;
  points.reserve(score.matched.size());
  for (const auto& [i, j] : score.matched)
    points.emplace_back(centre(a.boxes[i]), centre(b.boxes[j]));
  score.inliers = find_inliers(points, version);
  for (size_t k = 0; k < score.matched.size(); ++k) {
    const auto& [i, j] = score.matched[k];
    if (score.inliers[k] && a.symbols[i] == b.symbols[j]) ++score.num_counted;
  }
  score.recall = ratio3(score.num_counted, score.num_truth);
  score.precision = ratio3(score.num_counted, score.num_predicted);
  score.f1 = ratio3(2 * score.num_counted, score.num_truth + score.num_predicted);
  return score;
}

}  // namespace dsocr::omnidocbench::cdm
