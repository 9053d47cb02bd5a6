#include "eval/omnidocbench/cdm/ransac.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

#include "eval/omnidocbench/cdm/random.h"

namespace dsocr::omnidocbench::cdm {
namespace {

struct Settings {
  int num_rounds;
  uint32_t sample_size;
  double threshold;  // pixels
  double num_trials;
  uint32_t seed;
};

constexpr Settings kSettings17{5, 2, 30, 500, 2026};
constexpr Settings kSettings15{3, 3, 25, 50, 42};

struct Model {
  Point shift;
  double scale = 1;
};

using Pairs = std::vector<std::pair<Point, Point>>;

// numpy's sum of a contiguous array: eight running sums, halves above 128 elements.
double pairwise_sum(std::span<const double> values) {
  const size_t n = values.size();
  if (n < 8) {
    double sum = 0;
    for (const double value : values) sum += value;
    return sum;
  }
  if (n <= 128) {
    double sums[8];
    for (size_t i = 0; i < 8; ++i) sums[i] = values[i];
    size_t i = 8;
    for (; i + 8 <= n; i += 8)
      for (size_t k = 0; k < 8; ++k) sums[k] += values[i + k];
    double sum =
        ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
    for (; i < n; ++i) sum += values[i];
    return sum;
  }
  const size_t half = n / 2 - n / 2 % 8;
  return pairwise_sum(values.first(half)) + pairwise_sum(values.subspan(half));
}

Point mean(std::span<const Point> points) {
  Point sum;
  for (const Point& point : points) sum = {sum.y + point.y, sum.x + point.x};
  const auto n = static_cast<double>(points.size());
  return {sum.y / n, sum.x / n};
}

double length(double y, double x) { return std::sqrt(y * y + x * x); }

double mean_distance(std::span<const Point> points, const Point& centre) {
  std::vector<double> distances;
  distances.reserve(points.size());
  for (const Point& point : points)
    distances.push_back(length(point.y - centre.y, point.x - centre.x));
  return pairwise_sum(distances) / static_cast<double>(points.size());
}

Model fit(const Pairs& pairs, std::span<const uint32_t> sample) {
  std::vector<Point> from, to;
  for (const uint32_t i : sample) {
    from.push_back(pairs[i].first);
    to.push_back(pairs[i].second);
  }
  const Point from_centre = mean(from), to_centre = mean(to);
  constexpr double kTiny = 1e-10;
  return {{to_centre.y - from_centre.y, to_centre.x - from_centre.x},
          mean_distance(to, to_centre) / (mean_distance(from, from_centre) + kTiny)};
}

/// `centre` is that of all points that the model is applied to, not of those it was fitted on.
std::vector<double> residuals(const Pairs& pairs, const Point& centre, const Model& model) {
  std::vector<double> distances;
  distances.reserve(pairs.size());
  for (const auto& [from, to] : pairs) {
    const double y = model.scale * (from.y - centre.y) + centre.y + model.shift.y;
    const double x = model.scale * (from.x - centre.x) + centre.x + model.shift.x;
    distances.push_back(length(y - to.y, x - to.x));
  }
  return distances;
}

Point source_centre(const Pairs& pairs) {
  std::vector<Point> sources;
  sources.reserve(pairs.size());
  for (const auto& pair : pairs) sources.push_back(pair.first);
  return mean(sources);
}

/// The best model's inliers and what its rivals have to beat.
struct Best {
  std::vector<bool> inliers;
  size_t count = 0;
  double error = std::numeric_limits<double>::infinity();

  bool offer(const std::vector<double>& distances, double threshold, bool squares_of_all) {
    std::vector<bool> candidates(distances.size());
    std::vector<double> errors;
    size_t candidate_count = 0;
    for (size_t i = 0; i < distances.size(); ++i) {
      candidates[i] = distances[i] < threshold;
      candidate_count += candidates[i] ? 1 : 0;
      if (squares_of_all)
        errors.push_back(distances[i] * distances[i]);
      else if (candidates[i])
        errors.push_back(distances[i]);
    }
    if (candidate_count < count) return false;
    const double candidate_error = pairwise_sum(errors);
    if (candidate_count == count && !(candidate_error < error)) return false;
    inliers = std::move(candidates);
    count = candidate_count;
    error = candidate_error;
    return true;
  }
};

double trials_needed(size_t count, size_t all, uint32_t sample_size) {
  constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
  const double ratio = static_cast<double>(count) / static_cast<double>(all);
  const double miss = std::max(kEpsilon, 1 - std::pow(ratio, sample_size));
  if (miss >= 1) return std::numeric_limits<double>::infinity();
  return std::ceil(std::log(kEpsilon) / std::log(miss));
}

/// One round; nothing when no trial had an inlier.
std::optional<std::vector<bool>> run_round(const Pairs& pairs, const Settings& settings,
                                           Version version) {
  const Point centre = source_centre(pairs);
  const auto n = static_cast<uint32_t>(pairs.size());
  NumpyGenerator generator(settings.seed);
  Best best;
  double num_trials = settings.num_trials;
  const bool early_stop = version != Version::k17;
  for (double trial = 0; trial < num_trials; ++trial) {
    const auto sample = generator.choice(n, settings.sample_size);
    const auto distances = residuals(pairs, centre, fit(pairs, sample));
    if (!best.offer(distances, settings.threshold, early_stop) || !early_stop) continue;
    num_trials = std::min(num_trials, trials_needed(best.count, n, settings.sample_size));
    if (best.error == 0) break;
  }
  if (best.count == 0) return std::nullopt;
  return best.inliers;
}

}  // namespace

std::vector<bool> find_inliers(std::span<const std::pair<Point, Point>> pairs, Version version) {
  const Settings& settings = version == Version::k17 ? kSettings17 : kSettings15;
  if (pairs.size() <= settings.sample_size) return std::vector<bool>(pairs.size(), true);
  std::vector<bool> inliers(pairs.size(), false);
  for (int round = 0; round < settings.num_rounds; ++round) {
    Pairs left;
    std::vector<size_t> numbers;
    for (size_t i = 0; i < pairs.size(); ++i) {
      if (inliers[i]) continue;
      left.push_back(pairs[i]);
      numbers.push_back(i);
    }
    if (left.size() <= settings.sample_size) break;
    const auto found = run_round(left, settings, version);
    if (!found) break;
    for (size_t i = 0; i < numbers.size(); ++i)
      if ((*found)[i]) inliers[numbers[i]] = true;
  }
  return inliers;
}

}  // namespace dsocr::omnidocbench::cdm
