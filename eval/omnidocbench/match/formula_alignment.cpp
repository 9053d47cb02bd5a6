#include "eval/omnidocbench/match/formula_alignment.h"

#include <algorithm>
#include <optional>

#include "eval/metrics/edit_distance.h"
#include "eval/omnidocbench/text/strings.h"

namespace dsocr::omnidocbench {
namespace {

constexpr double kSameCost = 1e-12;

// Predictions that one truth may take together.
struct Sequence {
  std::vector<size_t> members;
  std::u32string norm;
  bool is_inline;
};

// How a state was reached, and at which price.
struct State {
  double cost = 0;
  size_t edits = 0, length = 0, num_inline = 0;
  size_t truth = 0, prediction = 0;    // the state before
  const Sequence* sequence = nullptr;  // what the last truth took
};

bool better(const State& a, const State& b) {
  if (a.cost < b.cost - kSameCost) return true;
  if (a.cost > b.cost + kSameCost) return false;
  if ((a.length > 0) != (b.length > 0)) return a.length > 0;
  const size_t left = a.edits * b.length, right = b.edits * a.length;
  if (left != right) return left < right;
  return a.num_inline < b.num_inline;
}

class Sequences {
 public:
  Sequences(const std::vector<FormulaPrediction>& predictions, size_t num_truths, bool gaps)
      : predictions_(predictions) {
    const size_t p = predictions.size();
    const size_t difference = p > num_truths ? p - num_truths : num_truths - p;
    max_members_ = std::min<size_t>(p, num_truths > 1 && difference >= 2 ? 12 : 10);
    span_ = gaps ? std::min(p, max_members_ + 2) : max_members_;
    if (gaps && (difference >= 1 || p >= 4)) max_skips_ = 1;
    if (gaps && difference >= 3) max_skips_ = 2;
  }

  std::vector<Sequence> from(size_t start) {
    found_.clear();
    std::vector<size_t> members{start};
    extend(members, 0);
    return std::move(found_);
  }

 private:
  void extend(std::vector<size_t>& members, size_t skips) {
    if (allowed(members, skips)) {
      std::u32string norm = joined_norm(predictions_, members);
      const bool is_inline =
          members.size() == 1 && predictions_[members[0]].kind == "equation_inline";
      found_.push_back({members, std::move(norm), is_inline});
    }
    if (members.size() >= max_members_) return;
    const size_t last = members.back();
    for (size_t next = last + 1; next < predictions_.size() && next - members.front() < span_;
         ++next) {
      const size_t more = skips + (next - last - 1);
      if (more > max_skips_) break;
      members.push_back(next);
      extend(members, more);
      members.pop_back();
    }
  }

  bool allowed(const std::vector<size_t>& members, size_t skips) const {
    if (members.size() == 1) return true;
    const auto all = [&](auto same) { return std::all_of(members.begin(), members.end(), same); };
    if (all([&](size_t i) {
          return predictions_[i].source == predictions_[members.front()].source;
        }))
      return true;
    return skips == 0 && all([&](size_t i) { return predictions_[i].kind == "equation_isolated"; });
  }

  const std::vector<FormulaPrediction>& predictions_;
  size_t max_members_, span_, max_skips_ = 0;
  std::vector<Sequence> found_;
};

}  // namespace

std::u32string joined_norm(const std::vector<FormulaPrediction>& predictions,
                           const std::vector<size_t>& members) {
  std::u32string joined;
  for (size_t i = 0; i < members.size(); ++i) {
    if (i > 0) joined += U' ';
    joined += predictions[members[i]].norm;
  }
  return std::u32string(strip(joined));
}

std::vector<std::vector<size_t>> align_formulas(const std::vector<std::u32string>& truths,
                                                const std::vector<FormulaPrediction>& predictions,
                                                bool gaps) {
  const size_t g = truths.size(), p = predictions.size();
  Sequences sequences(predictions, g, gaps);
  std::vector<std::vector<Sequence>> from;
  for (size_t j = 0; j < p; ++j) from.push_back(sequences.from(j));

  std::vector<std::optional<State>> states((g + 1) * (p + 1));
  const auto at = [&](size_t i, size_t j) -> std::optional<State>& {
    return states[i * (p + 1) + j];
  };
  at(0, 0) = State{};
  for (size_t i = 0; i <= g; ++i)
    for (size_t j = 0; j <= p; ++j) {
      if (!at(i, j)) continue;
      const State here = *at(i, j);
      const auto go = [&](size_t to_truth, size_t to_prediction, State next) {
        next.truth = i;
        next.prediction = j;
        std::optional<State>& known = at(to_truth, to_prediction);
        if (!known || better(next, *known)) known = next;
      };
      State skipped = here;
      skipped.cost += 1;
      skipped.sequence = nullptr;
      if (j < p) go(i, j + 1, skipped);
      if (i >= g) continue;
      go(i + 1, j, skipped);
      if (j >= p || truths[i].empty()) continue;
      for (const Sequence& sequence : from[j]) {
        if (sequence.norm.empty()) continue;
        State next = here;
        const size_t edits = metrics::edit_distance(truths[i], sequence.norm);
        const size_t length = std::max(truths[i].size(), sequence.norm.size());
        next.cost += static_cast<double>(edits) / static_cast<double>(length);
        next.edits += edits;
        next.length += length;
        next.num_inline += sequence.is_inline ? 1 : 0;
        next.sequence = &sequence;
        go(i + 1, sequence.members.back() + 1, next);
      }
    }

  std::vector<std::vector<size_t>> assigned(g);
  for (size_t i = g, j = p; i > 0 || j > 0;) {
    const State& state = *at(i, j);
    if (state.sequence) assigned[state.truth] = state.sequence->members;
    i = state.truth;
    j = state.prediction;
  }
  return assigned;
}

}  // namespace dsocr::omnidocbench
