#include "data/label/logit.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace dsocr::data {
namespace {

using Vector = std::vector<double>;

// The mean square that a feature is taken to have at least: weights of rare ones stay small.
constexpr double kLeastSquare = 0.1;

double dot(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

double total(const Vector& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

// Probabilities of the alternatives, and the logarithm of their sum before it was made 1.
double probabilities(const LogitExample& example, const Vector& weights, Vector& out) {
  out.clear();
  for (const Vector& features : example.features) out.push_back(dot(features, weights));
  const double most = *std::max_element(out.begin(), out.end());
  double sum = 0;
  for (double& value : out) sum += value = std::exp(value - most);
  for (double& value : out) value /= sum;
  return most + std::log(sum);
}

struct Problem {
  std::span<const LogitExample> examples;
  Vector prior, penalty;

  double loss(const Vector& weights) const {
    double sum = 0;
    Vector chances;
    for (const LogitExample& example : examples) {
      sum += total(example.target) * probabilities(example, weights, chances);
      for (std::size_t a = 0; a < example.target.size(); ++a)
        sum -= example.target[a] * dot(example.features[a], weights);
    }
    for (std::size_t i = 0; i < weights.size(); ++i)
      sum += penalty[i] / 2 * (weights[i] - prior[i]) * (weights[i] - prior[i]);
    return sum;
  }
};

// Solves a * x = b for a symmetric matrix without negative directions (Cholesky).
Vector solve(std::vector<Vector> a, Vector b) {
  const std::size_t n = b.size();
  for (std::size_t j = 0; j < n; ++j) {
    for (std::size_t k = 0; k < j; ++k)
      for (std::size_t i = j; i < n; ++i) a[i][j] -= a[i][k] * a[j][k];
    const double root = std::sqrt(std::max(a[j][j], 1e-12));
    for (std::size_t i = j; i < n; ++i) a[i][j] /= root;
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < i; ++k) b[i] -= a[i][k] * b[k];
    b[i] /= a[i][i];
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = i + 1; k < n; ++k) b[i] -= a[k][i] * b[k];
    b[i] /= a[i][i];
  }
  return b;
}

// The step of Newton's method at the weights.
Vector newton_step(const Problem& problem, const Vector& weights) {
  const std::size_t n = weights.size();
  Vector gradient(n), chances;
  std::vector<Vector> curvature(n, Vector(n));
  for (const LogitExample& example : problem.examples) {
    probabilities(example, weights, chances);
    const double times = total(example.target);
    Vector mean(n);
    for (std::size_t a = 0; a < chances.size(); ++a)
      for (std::size_t i = 0; i < n; ++i) mean[i] += chances[a] * example.features[a][i];
    for (std::size_t a = 0; a < chances.size(); ++a) {
      const Vector& features = example.features[a];
      for (std::size_t i = 0; i < n; ++i) {
        gradient[i] += (times * chances[a] - example.target[a]) * features[i];
        const double away = times * chances[a] * (features[i] - mean[i]);
        if (away == 0) continue;
        for (std::size_t j = 0; j <= i; ++j) curvature[i][j] += away * (features[j] - mean[j]);
      }
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    gradient[i] += problem.penalty[i] * (weights[i] - problem.prior[i]);
    curvature[i][i] += problem.penalty[i];
  }
  return solve(std::move(curvature), std::move(gradient));
}

}  // namespace

std::vector<double> fit_logit(std::span<const LogitExample> examples, std::span<const double> prior,
                              double penalty) {
  Problem problem{examples, {prior.begin(), prior.end()}, Vector(prior.size())};
  double count = 0;
  for (const LogitExample& example : examples) {
    for (const Vector& features : example.features) {
      const double times = total(example.target);
      count += times;
      for (std::size_t i = 0; i < prior.size(); ++i)
        problem.penalty[i] += times * features[i] * features[i];
    }
  }
  for (double& weight : problem.penalty)
    weight = penalty * std::max(count > 0 ? weight / count : 0, kLeastSquare);
  Vector weights = problem.prior;
  double loss = problem.loss(weights);
  for (int round = 0; round < 100; ++round) {
    const Vector step = newton_step(problem, weights);
    double part = 1, next_loss = loss;
    Vector next;
    do {
      next = weights;
      for (std::size_t i = 0; i < next.size(); ++i) next[i] -= part * step[i];
      next_loss = problem.loss(next);
      part /= 2;
    } while (!(next_loss <= loss) && part > 1e-6);
    if (!(next_loss < loss - 1e-10 * (1 + std::abs(loss)))) break;
    weights = next;
    loss = next_loss;
  }
  return weights;
}

}  // namespace dsocr::data
