#include "eval/metrics/edit_distance.h"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <utility>
#include <vector>

#include "eval/metrics/match_table.h"

// Bit-parallel Levenshtein: Myers, "A fast bit-vector algorithm for approximate string matching
// based on dynamic programming" (1999), in the block form with the two carries of Hyyro, "A
// bit-vector algorithm for computing Levenshtein and Damerau edit distances" (2003). The matrix has
// the pattern (the longer text) down the rows and the text along the columns; a block is 64 rows of
// a column, stored as the differences between neighbouring rows. Only the blocks that a path of at
// most `limit` edits can reach are computed (Ukkonen, 1985); the limit grows until the distance
// fits. Rows are numbered so that the last block is full: `padding` empty rows stand above row 1,
// which no symbol matches and whose values all equal those of row 0.
namespace dsocr::metrics {
namespace {

constexpr size_t kFirstLimit = 64, kGrowth = 2;
// Columns that are computed together, so that the carries of one do not wait for those of another.
constexpr size_t kMaxColumns = 4;

struct Block {
  uint64_t up = ~uint64_t{0};  // rows whose value is one above that of the row before
  uint64_t down = 0;           // rows whose value is one below it

  // Value of the lowest row minus value of the row above the block.
  int64_t rise() const { return std::popcount(up) - std::popcount(down); }
};

// Differences between a column and the one before it, in one row: +1, 0 or -1.
struct Step {
  uint64_t plus = 1, minus = 0;
};

// One limited run over all columns.
template <class Symbol>
class Band {
 public:
  Band(MatchTable<Symbol, kMaxColumns>& matches, std::span<const Symbol> text, size_t limit)
      : matches_(matches),
        text_(text),
        limit_(static_cast<int64_t>(limit)),
        // How many columns the path is short of when it keeps to the diagonal from here on.
        first_ahead_(static_cast<int64_t>(text.size() + kBlockRows) -
                     static_cast<int64_t>(matches.num_blocks() * kBlockRows)),
        last_ahead_(first_ahead_),
        blocks_(matches.num_blocks()) {
    blocks_[0].up <<= matches.padding();
    first_score_ = last_score_ = blocks_[0].rise();
  }

  // The distance, or nothing when it is above the limit.
  std::optional<size_t> distance() {
    size_t column = 0;
    for (; column + kMaxColumns <= text_.size(); column += kMaxColumns)
      if (!advance<kMaxColumns>(column)) return {};
    for (; column < text_.size(); ++column)
      if (!advance<1>(column)) return {};
    if (last_ + 1 < blocks_.size() || last_score_ > limit_) return {};
    return static_cast<size_t>(last_score_);
  }

 private:
  // Computes N columns in all blocks of the band. False when no path within the limit is left.
  template <size_t N>
  bool advance(size_t column) {
    // A path enters the next block from the lowest row of the last one, whose value can fall by one
    // with each of these columns, while the rest of the texts gets less out of step by one.
    while (last_ + 1 < blocks_.size() &&
           last_score_ + std::abs(last_ahead_) <= limit_ + 2 * (int64_t{N} - 1)) {
      blocks_[++last_] = Block{};
      last_score_ += blocks_[last_].rise();
      last_ahead_ += kBlockRows;
    }

    std::array<const uint64_t*, N> equal;
    for (size_t i = 0; i < N; ++i) equal[i] = matches_.words(text_[column + i], i);
    // The row above the band is taken to grow by one per column: exact for row 0, else too much,
    // and the cells that this spoils are on no path within the limit.
    std::array<Step, N> steps;
    compute<N>(first_, equal, steps);
    for (const Step& step : steps) first_score_ += change(step);
    for (size_t block = first_ + 1; block <= last_; ++block) compute<N>(block, equal, steps);
    if (first_ == last_)
      last_score_ = first_score_;
    else
      for (const Step& step : steps) last_score_ += change(step);
    first_ahead_ -= int64_t{N};
    last_ahead_ -= int64_t{N};

    while (!reachable(last_score_, last_ahead_)) {
      if (last_ == first_) return false;
      last_score_ -= blocks_[last_--].rise();
      last_ahead_ -= kBlockRows;
    }
    while (!reachable(first_score_, first_ahead_)) {
      if (last_ == first_) return false;
      first_score_ += blocks_[++first_].rise();
      first_ahead_ += kBlockRows;
    }
    return true;
  }

  template <size_t N>
  void compute(size_t index, const std::array<const uint64_t*, N>& equal,
               std::array<Step, N>& steps) {
    Block block = blocks_[index];
    for (size_t i = 0; i < N; ++i) {
      const uint64_t match = equal[i][index] | steps[i].minus;
      const uint64_t same = (((match & block.up) + block.up) ^ block.up) | match | block.down;
      const uint64_t plus = block.down | ~(same | block.up), minus = same & block.up;
      const uint64_t shifted_plus = plus << 1 | steps[i].plus;
      steps[i].plus = plus >> (kBlockRows - 1);
      block.up = (minus << 1 | steps[i].minus) | ~(same | shifted_plus);
      steps[i].minus = minus >> (kBlockRows - 1);
      block.down = shifted_plus & same;
    }
    blocks_[index] = block;
  }

  static int64_t change(const Step& step) {
    return static_cast<int64_t>(step.plus) - static_cast<int64_t>(step.minus);
  }

  // Whether a path within the limit may pass a block, given the value of its lowest row and how far
  // that row is ahead: r rows higher the value is at least score - r, and |ahead - r| edits are
  // needed to come back into step.
  bool reachable(int64_t score, int64_t ahead) const {
    const int64_t row = std::clamp<int64_t>(ahead, 0, kBlockRows - 1);
    return score - row + std::abs(ahead - row) <= limit_;
  }

  MatchTable<Symbol, kMaxColumns>& matches_;
  std::span<const Symbol> text_;
  int64_t limit_;
  size_t first_ = 0, last_ = 0;               // the band
  int64_t first_score_ = 0, last_score_ = 0;  // values of the lowest rows of these blocks
  int64_t first_ahead_, last_ahead_;          // columns left minus rows left, from there
  std::vector<Block> blocks_;
};

// Bits of the rows of a pattern of at most 64 symbols, without memory of its own.
template <class Symbol>
class ShortPattern {
 public:
  explicit ShortPattern(std::span<const Symbol> pattern) {
    for (size_t i = 0; i < pattern.size(); ++i) word(pattern[i]) |= uint64_t{1} << i;
  }

  uint64_t rows(Symbol symbol) const {
    const auto value = static_cast<uint32_t>(symbol);
    if (value < latin_.size()) return latin_[value];
    size_t at = slot(value);
    while (words_[at] != 0 && symbols_[at] != value) at = (at + 1) % kSlots;
    return words_[at];
  }

 private:
  static constexpr size_t kSlots = 128;  // twice as many as there can be symbols

  static size_t slot(uint32_t value) { return (value * 0x9E3779B9u) >> 25; }

  uint64_t& word(Symbol symbol) {
    const auto value = static_cast<uint32_t>(symbol);
    if (value < latin_.size()) return latin_[value];
    size_t at = slot(value);
    while (words_[at] != 0 && symbols_[at] != value) at = (at + 1) % kSlots;
    symbols_[at] = value;
    return words_[at];
  }

  std::array<uint64_t, 256> latin_{};
  std::array<uint64_t, kSlots> words_{};
  std::array<uint32_t, kSlots> symbols_;
};

// A column is one word: the same recurrence without blocks and bands.
template <class Symbol>
size_t short_distance(std::span<const Symbol> pattern, std::span<const Symbol> text) {
  const ShortPattern<Symbol> matches(pattern);
  const uint64_t last = uint64_t{1} << (pattern.size() - 1);
  uint64_t up = ~uint64_t{0}, down = 0;
  size_t score = pattern.size();
  for (const Symbol symbol : text) {
    const uint64_t match = matches.rows(symbol);
    const uint64_t same = (((match & up) + up) ^ up) | match | down;
    uint64_t plus = down | ~(same | up), minus = same & up;
    score += (plus & last) != 0;
    score -= (minus & last) != 0;
    plus = plus << 1 | 1;
    minus <<= 1;
    up = minus | ~(same | plus);
    down = plus & same;
  }
  return score;
}

template <class Symbol>
size_t distance_of(std::span<const Symbol> a, std::span<const Symbol> b) {
  const auto [a_differs, b_differs] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  const auto prefix = static_cast<size_t>(a_differs - a.begin());
  a = a.subspan(prefix);
  b = b.subspan(prefix);
  const auto [a_tail, b_tail] = std::mismatch(a.rbegin(), a.rend(), b.rbegin(), b.rend());
  const auto suffix = static_cast<size_t>(a_tail - a.rbegin());
  a = a.first(a.size() - suffix);
  b = b.first(b.size() - suffix);
  if (a.size() < b.size()) std::swap(a, b);
  if (b.empty()) return a.size();
  if (b.size() <= kBlockRows) return short_distance(b, a);

  MatchTable<Symbol, kMaxColumns> matches(a);
  for (size_t limit = std::max(a.size() - b.size(), kFirstLimit);; limit *= kGrowth)
    if (const auto distance = Band<Symbol>(matches, b, std::min(limit, a.size())).distance())
      return *distance;
}

}  // namespace

size_t edit_distance(std::u32string_view a, std::u32string_view b) {
  return distance_of(std::span<const char32_t>(a), std::span<const char32_t>(b));
}

size_t edit_distance(std::span<const uint32_t> a, std::span<const uint32_t> b) {
  return distance_of(a, b);
}

double normalised_edit_distance(std::u32string_view a, std::u32string_view b) {
  return normalised_edit_distance(edit_distance(a, b), a.size(), b.size());
}

double normalised_edit_distance(size_t distance, size_t len_a, size_t len_b) {
  const size_t longer = std::max(len_a, len_b);
  return longer == 0 ? 0 : static_cast<double>(distance) / static_cast<double>(longer);
}

}  // namespace dsocr::metrics
