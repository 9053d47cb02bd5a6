#pragma once

#include <span>
#include <vector>

namespace dsocr::data {

/// One choice among alternatives, each of which has the same features.
struct LogitExample {
  std::vector<std::vector<double>> features = {};  // of each alternative
  std::vector<double> target = {};                 // of each alternative, how often it was right
};

/// Weights of a conditional logit model (McFadden 1974): an alternative is right with a probability
/// that is proportional to exp(weights * features). They make the cross entropy with the targets
/// plus `penalty` / 2 * (weight - prior) ^ 2, summed over features in units of their root mean
/// square, least; by Newton's method, so that the same examples give the same weights. Two
/// alternatives, one without features, are a logistic regression.
std::vector<double> fit_logit(std::span<const LogitExample> examples, std::span<const double> prior,
                              double penalty);

}  // namespace dsocr::data
