#include "eval/metrics/bleu.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

namespace dsocr::metrics {
namespace {

constexpr size_t kMaxOrder = 4;
constexpr uint32_t kNoGram = std::numeric_limits<uint32_t>::max();

// Numbers the n-grams of the reference, given as (number of the first n-1 tokens, last token), and
// counts them. Open addressing, at most half of the slots are taken.
class GramCounts {
 public:
  explicit GramCounts(size_t num_grams)
      : slots_(std::bit_ceil(2 * num_grams + 2)), mask_(slots_.size() - 1) {}

  void clear() {
    std::fill(slots_.begin(), slots_.end(), Slot{});
    counts_.clear();
  }

  uint32_t add(uint32_t prefix, uint32_t token) {
    Slot& slot = find(prefix, token);
    if (slot.gram == kNoGram) {
      slot = {prefix, token, static_cast<uint32_t>(counts_.size())};
      counts_.push_back(0);
    }
    ++counts_[slot.gram];
    return slot.gram;
  }

  // The number of the n-gram, or kNoGram when the reference does not have it.
  uint32_t number(uint32_t prefix, uint32_t token) { return find(prefix, token).gram; }

  // True as often as the reference has the n-gram.
  bool take(uint32_t gram) { return counts_[gram] > 0 && counts_[gram]-- > 0; }

 private:
  struct Slot {
    uint32_t prefix = 0, token = 0, gram = kNoGram;
  };

  Slot& find(uint32_t prefix, uint32_t token) {
    const uint64_t hash = ((uint64_t{prefix} << 32) | token) * 0x9E3779B97F4A7C15u;
    for (size_t at = (hash >> 32) & mask_;; at = (at + 1) & mask_) {
      Slot& slot = slots_[at];
      if (slot.gram == kNoGram || (slot.prefix == prefix && slot.token == token)) return slot;
    }
  }

  std::vector<Slot> slots_;
  size_t mask_;
  std::vector<uint32_t> counts_;
};

// Hypothesis n-grams of orders 1..4 that the reference has, each at most as often as there.
std::array<size_t, kMaxOrder> clipped_matches(const InternedPair& pair) {
  // reference_grams[i]: number of the n-gram that starts at token i; all 0 before the first round.
  std::vector<uint32_t> reference_grams(pair.reference.size());
  std::vector<uint32_t> hypothesis_grams(pair.hypothesis.size());
  GramCounts counts(pair.reference.size());
  std::array<size_t, kMaxOrder> matches{};
  for (size_t order = 1; order <= kMaxOrder; ++order) {
    counts.clear();
    for (size_t i = 0; i + order <= pair.reference.size(); ++i)
      reference_grams[i] = counts.add(reference_grams[i], pair.reference[i + order - 1]);
    for (size_t i = 0; i + order <= pair.hypothesis.size(); ++i) {
      uint32_t& gram = hypothesis_grams[i];
      if (gram == kNoGram) continue;  // an unknown n-gram has no known continuation
      gram = counts.number(gram, pair.hypothesis[i + order - 1]);
      if (gram != kNoGram) matches[order - 1] += counts.take(gram);
    }
  }
  return matches;
}

// The correctly rounded sum (Shewchuk, "Adaptive Precision Floating-Point Arithmetic", 1997): keeps
// the partial sums as non-overlapping doubles in increasing size, as Python's math.fsum does.
double exact_sum(std::span<const double> terms) {
  std::vector<double> partials;
  for (double x : terms) {
    size_t kept = 0;
    for (double y : partials) {
      if (std::abs(x) < std::abs(y)) std::swap(x, y);
      const double high = x + y;
      const double low = y - (high - x);
      if (low != 0) partials[kept++] = low;
      x = high;
    }
    partials.resize(kept);
    partials.push_back(x);
  }
  if (partials.empty()) return 0;
  double sum = partials.back();
  partials.pop_back();
  double low = 0;
  while (!partials.empty() && low == 0) {
    const double high = sum, next = partials.back();
    partials.pop_back();
    sum = high + next;
    low = next - (sum - high);
  }
  // A remainder of exactly half a unit was rounded to even; what lies below it decides instead.
  if (!partials.empty() && std::signbit(low) == std::signbit(partials.back())) {
    const double doubled = low * 2, candidate = sum + doubled;
    if (doubled == candidate - sum) sum = candidate;
  }
  return sum;
}

}  // namespace

double sentence_bleu(const InternedPair& pair) {
  const size_t num_reference = pair.reference.size(), num_hypothesis = pair.hypothesis.size();
  const auto matches = clipped_matches(pair);
  if (matches[0] == 0) return 0;

  std::array<double, kMaxOrder> terms{};
  for (size_t order = 1; order <= kMaxOrder; ++order) {
    const size_t num_grams = num_hypothesis >= order ? num_hypothesis - order + 1 : 1;
    const double precision = matches[order - 1] == 0 ? std::numeric_limits<double>::min()
                                                     : static_cast<double>(matches[order - 1]) /
                                                           static_cast<double>(num_grams);
    terms[order - 1] = 0.25 * std::log(precision);
  }
  const double brevity_penalty =
      num_hypothesis > num_reference
          ? 1.0
          : std::exp(1 - static_cast<double>(num_reference) / static_cast<double>(num_hypothesis));
  return brevity_penalty * std::exp(exact_sum(terms));
}

}  // namespace dsocr::metrics
