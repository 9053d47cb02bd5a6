#include "eval/omnidocbench/match/merge_truncated.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>

#include "eval/metrics/edit_distance.h"
#include "eval/omnidocbench/match/windows.h"

namespace dsocr::omnidocbench {
namespace {

constexpr double kClose = 0.25;       // a line with a partner so near takes no part
constexpr double kPartOfTruth = 0.6;  // how far a member may be from its part of the truth

struct Subset {
  std::vector<size_t> members;
  double cost = 0;

  bool operator==(const Subset&) const = default;
};

bool overlap(const Subset& a, const Subset& b) {
  return std::any_of(a.members.begin(), a.members.end(), [&](size_t member) {
    return std::find(b.members.begin(), b.members.end(), member) != b.members.end();
  });
}

double mean_cost(const std::vector<Subset>& path) {
  double sum = 0;
  for (const Subset& subset : path) sum += subset.cost;
  return sum / static_cast<double>(path.size());
}

// Candidates of one truth.
class Candidates {
 public:
  Candidates(std::u32string_view truth, const std::vector<std::u32string_view>& predictions,
             const std::vector<bool>& masked, size_t max_members)
      : truth_(truth),
        predictions_(predictions),
        masked_(masked),
        max_members_(max_members),
        near_(predictions.size(), Near::kUnknown) {}

  // The best list of neighbours, the first among equal ones.
  std::optional<Subset> best(const CostMatrix& cost, size_t row) {
    std::optional<Subset> best;
    for (size_t first = 0; first < predictions_.size(); ++first) {
      if (masked_[first]) continue;
      Subset candidate = grow(first, cost(row, first));
      if (!best || candidate.cost < best->cost) best = std::move(candidate);
    }
    return best;
  }

 private:
  enum class Near { kUnknown, kWithin, kAtLimit, kBeyond };

  Subset grow(size_t first, double first_cost) {
    Subset subset{{first}, first_cost};
    std::u32string joined(predictions_[first]);
    for (size_t next = first + 1; next < predictions_.size() && !masked_[next]; ++next) {
      if (subset.members.size() >= max_members_) break;
      // Every member before the next one must be near its part already.
      if (near(subset.members.back()) == Near::kBeyond) break;
      if (near(next) != Near::kWithin) break;
      std::u32string longer = joined + U' ';
      longer.append(predictions_[next]);
      const double cost = metrics::normalised_edit_distance(truth_, longer);
      if (cost > subset.cost) break;
      joined = std::move(longer);
      subset.members.push_back(next);
      subset.cost = cost;
      if (joined.size() > truth_.size()) break;
    }
    return subset;
  }

  Near near(size_t index) {
    Near& known = near_[index];
    if (known == Near::kUnknown) {
      const std::u32string_view text = predictions_[index];
      known = Near::kBeyond;
      if (has_near_window(truth_, text, kPartOfTruth, true))
        known = has_near_window(truth_, text, kPartOfTruth) ? Near::kWithin : Near::kAtLimit;
    }
    return known;
  }

  std::u32string_view truth_;
  const std::vector<std::u32string_view>& predictions_;
  const std::vector<bool>& masked_;
  size_t max_members_;
  std::vector<Near> near_;
};

// Puts a subset into every path that it fits into, as the official tool does it: the path is
// walked by position while members are taken out of it and put at its end.
bool place(const Subset& subset, std::vector<Subset>& path) {
  bool duplicate = false, same = false;
  for (size_t i = 0; i < path.size(); ++i) {
    const Subset member = path[i];
    if (member.members == subset.members) {
      duplicate = same = true;
      if (member.cost > subset.cost) {
        path.erase(std::find(path.begin(), path.end(), member));
        path.push_back(subset);
      }
    } else if (overlap(member, subset)) {
      duplicate = true;
    }
  }
  if (!duplicate) path.push_back(subset);
  return !duplicate || same;
}

std::vector<Subset> best_path(const std::vector<Subset>& group) {
  std::vector<std::vector<Subset>> paths{{group.front()}};
  for (size_t i = 1; i < group.size(); ++i) {
    bool placed = false;
    for (std::vector<Subset>& path : paths) placed = place(group[i], path) || placed;
    if (!placed) paths.push_back({group[i]});
  }
  return *std::min_element(paths.begin(), paths.end(), [](const auto& a, const auto& b) {
    return mean_cost(a) < mean_cost(b);
  });
}

}  // namespace

std::vector<std::vector<size_t>> truncated_predictions(
    const std::vector<std::u32string_view>& truths,
    const std::vector<std::u32string_view>& predictions, const CostMatrix& cost,
    size_t max_members) {
  std::vector<bool> masked_truths(truths.size()), masked_predictions(predictions.size());
  for (size_t i = 0; i < truths.size(); ++i)
    for (size_t j = 0; j < predictions.size(); ++j)
      if (cost(i, j) < kClose) masked_truths[i] = masked_predictions[j] = true;

  std::vector<Subset> subsets;
  for (size_t i = 0; i < truths.size(); ++i) {
    if (masked_truths[i]) continue;
    Candidates candidates(truths[i], predictions, masked_predictions, max_members);
    if (auto best = candidates.best(cost, i)) subsets.push_back(std::move(*best));
  }
  std::stable_sort(subsets.begin(), subsets.end(), [](const Subset& a, const Subset& b) {
    return a.members.front() < b.members.front();
  });

  std::vector<std::vector<size_t>> kept;
  for (size_t i = 0; i < subsets.size();) {
    std::vector<Subset> group{subsets[i++]};
    while (i < subsets.size() && std::any_of(group.begin(), group.end(), [&](const Subset& member) {
             return overlap(member, subsets[i]);
           }))
      group.push_back(subsets[i++]);
    for (const Subset& subset : best_path(group)) kept.push_back(subset.members);
  }
  return kept;
}

}  // namespace dsocr::omnidocbench
