#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace dsocr::metrics {

constexpr size_t kBlockRows = 64;

/// For each symbol of a pattern one bit per row (pattern position) that equals it, in words of 64
/// rows. Rows are numbered so that the last word is full: `padding` empty rows stand above row 1.
/// `num_scratch` lists of rare symbols can be in use at a time.
template <class Symbol, size_t num_scratch>
class MatchTable {
 public:
  explicit MatchTable(std::span<const Symbol> pattern)
      : num_blocks_((pattern.size() + kBlockRows - 1) / kBlockRows),
        padding_(num_blocks_ * kBlockRows - pattern.size()) {
    slots_.resize(std::bit_ceil(2 * pattern.size()));
    std::vector<uint32_t> counts;
    std::vector<uint32_t> indices(pattern.size());
    for (size_t i = 0; i < pattern.size(); ++i) {
      uint32_t& index = index_slot(pattern[i]);
      if (index == 0) {
        counts.push_back(0);
        index = static_cast<uint32_t>(counts.size());
      }
      indices[i] = index - 1;
      ++counts[index - 1];
    }
    // A word list for every symbol of a long pattern with a large alphabet would not fit into the
    // cache, or into memory: symbols rarer than one in eight words keep only their rows.
    lists_.resize(counts.size());
    size_t num_dense = 1, num_rare_rows = 0;  // dense list 0 is for symbols that the pattern lacks
    for (size_t i = 0; i < counts.size(); ++i) {
      lists_[i].dense = size_t{counts[i]} * 8 >= num_blocks_;
      lists_[i].begin = lists_[i].end = lists_[i].dense ? num_dense++ * num_blocks_ : num_rare_rows;
      if (!lists_[i].dense) num_rare_rows += counts[i];
    }
    words_.resize(num_dense * num_blocks_);
    rare_rows_.resize(num_rare_rows);
    for (size_t i = 0; i < pattern.size(); ++i) {
      List& list = lists_[indices[i]];
      if (list.dense)
        set(&words_[list.begin], i + padding_);
      else
        rare_rows_[list.end++] = i + padding_;
    }
    for (Scratch& scratch : scratch_) scratch.words.resize(num_rare_rows > 0 ? num_blocks_ : 0);
  }

  /// Words per symbol.
  size_t num_blocks() const { return num_blocks_; }

  size_t padding() const { return padding_; }

  /// The words of a symbol, one per block; valid until the next call with the same `scratch_index`.
  const uint64_t* words(Symbol symbol, size_t scratch_index) {
    const uint32_t index = index_slot(symbol);
    if (index == 0) return words_.data();
    const List& list = lists_[index - 1];
    if (list.dense) return words_.data() + list.begin;
    Scratch& scratch = scratch_[scratch_index];
    for (size_t i = scratch.begin; i < scratch.end; ++i)
      scratch.words[rare_rows_[i] / kBlockRows] = 0;
    scratch.begin = list.begin, scratch.end = list.end;
    for (size_t i = list.begin; i < list.end; ++i) set(scratch.words.data(), rare_rows_[i]);
    return scratch.words.data();
  }

 private:
  struct List {
    bool dense = false;
    size_t begin = 0, end = 0;  // into words_ or rare_rows_
  };
  struct Scratch {
    std::vector<uint64_t> words;
    size_t begin = 0, end = 0;  // the rare rows that are set now
  };
  struct Slot {
    Symbol symbol{};
    uint32_t index = 0;  // 1 + place in lists_; 0 = free
  };

  static void set(uint64_t* words, size_t row) {
    words[row / kBlockRows] |= uint64_t{1} << row % kBlockRows;
  }

  uint32_t& index_slot(Symbol symbol) {
    const auto value = static_cast<uint32_t>(symbol);
    if (value < latin_.size()) return latin_[value];
    const size_t mask = slots_.size() - 1;
    for (size_t at = (value * 0x9E3779B97F4A7C15u >> 32) & mask;; at = (at + 1) & mask) {
      Slot& slot = slots_[at];
      if (slot.index == 0) slot.symbol = symbol;
      if (slot.symbol == symbol) return slot.index;
    }
  }

  size_t num_blocks_, padding_;
  std::array<uint32_t, 256> latin_{};
  std::vector<Slot> slots_;
  std::vector<List> lists_;
  std::vector<uint64_t> words_;
  std::vector<size_t> rare_rows_;
  std::array<Scratch, num_scratch> scratch_;
};

}  // namespace dsocr::metrics
