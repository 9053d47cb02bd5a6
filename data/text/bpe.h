#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "data/text/token_table.h"

namespace dsocr::data {

/// Pairs of tokens that may be joined, in the order of their rank.
class MergeTable {
 public:
  static constexpr uint32_t kNoRank = UINT32_MAX;

  explicit MergeTable(size_t num_merges);

  /// Adds the next merge. Throws std::invalid_argument when the pair is there already.
  void add(int32_t left, int32_t right, int32_t result);

  /// Rank of a pair, kNoRank when it cannot be joined.
  uint32_t rank(int32_t left, int32_t right) const;

  /// The token that the pair of this rank becomes.
  int32_t result(uint32_t rank) const { return results_[rank]; }

 private:
  size_t slot_of(uint64_t pair) const;

  std::vector<uint64_t> slots_;   // left, right and rank packed into one word
  int shift_;                     // takes the highest bits of a hash as slot
  std::vector<int32_t> results_;  // by rank
};

/// Byte-pair encoding of one piece: starts from single bytes and joins the neighbours of the lowest
/// rank, the leftmost first, until no pair can be joined. Time n log n in the length of the piece.
/// Const methods may be called from several threads at once.
class Bpe {
 public:
  /// `tokens` must outlive this object. Throws std::invalid_argument when a byte has no token.
  Bpe(const TokenTable& tokens, MergeTable merges);

  /// Appends the ids of a piece.
  void encode(std::string_view piece, std::vector<int32_t>& ids) const;

 private:
  void merge_short(std::string_view piece, std::vector<int32_t>& ids) const;
  void merge_long(std::string_view piece, std::vector<int32_t>& ids) const;

  const TokenTable& tokens_;
  MergeTable merges_;
  std::array<int32_t, 256> byte_ids_{};
  // By token: whether encoding its bytes gives just that token. Found out when first needed; all
  // threads find the same, so the order of their stores does not matter.
  enum class Whole : uint8_t { unknown, yes, no };
  std::unique_ptr<std::atomic<Whole>[]> whole_;
};

}  // namespace dsocr::data
