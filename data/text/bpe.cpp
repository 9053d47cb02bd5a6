#include "data/text/bpe.h"

#include <algorithm>
#include <bit>
#include <stdexcept>
#include <string>

namespace dsocr::data {
namespace {

// A slot holds left (20 bits), right (20 bits), rank + 1 (24 bits); 0 is a free slot.
constexpr int kRankBits = 24;
constexpr uint64_t kRankMask = (uint64_t{1} << kRankBits) - 1;
static_assert(kMaxTokenId < (1 << 20));

uint64_t pack_pair(int32_t left, int32_t right) {
  return (static_cast<uint64_t>(left) << 44) | (static_cast<uint64_t>(right) << kRankBits);
}

/// Pieces up to this many bytes are merged by scanning for the lowest rank.
constexpr size_t kShortPiece = 64;

}  // namespace

MergeTable::MergeTable(size_t num_merges)
    : slots_(std::bit_ceil(2 * num_merges + 2)), shift_(std::countl_zero(slots_.size() - 1)) {
  if (num_merges >= kRankMask) throw std::invalid_argument("too many merges");
  results_.reserve(num_merges);
}

/// The slot of a pair, or the free one where it belongs.
size_t MergeTable::slot_of(uint64_t pair) const {
  const size_t mask = slots_.size() - 1;
  size_t slot = (pair * 0x9E3779B97F4A7C15U) >> shift_;
  while (slots_[slot] != 0 && (slots_[slot] & ~kRankMask) != pair) slot = (slot + 1) & mask;
  return slot;
}

void MergeTable::add(int32_t left, int32_t right, int32_t result) {
  const uint64_t pair = pack_pair(left, right);
  const size_t slot = slot_of(pair);
  if (slots_[slot] != 0) throw std::invalid_argument("the pair has an earlier merge");
  results_.push_back(result);
  slots_[slot] = pair | results_.size();
}

uint32_t MergeTable::rank(int32_t left, int32_t right) const {
  const uint64_t entry = slots_[slot_of(pack_pair(left, right))];
  // A free slot wraps around to kNoRank.
  return static_cast<uint32_t>(entry & kRankMask) - 1;
}

Bpe::Bpe(const TokenTable& tokens, MergeTable merges)
    : tokens_(tokens),
      merges_(std::move(merges)),
      whole_(std::make_unique<std::atomic<Whole>[]>(tokens.num_ids())) {
  for (size_t byte = 0; byte < byte_ids_.size(); ++byte) {
    const char character = static_cast<char>(byte);
    const auto id = tokens.find(std::string_view(&character, 1));
    if (!id)
      throw std::invalid_argument("model.vocab has no token for byte " + std::to_string(byte));
    byte_ids_[byte] = *id;
  }
}

void Bpe::encode(std::string_view piece, std::vector<int32_t>& ids) const {
  const auto id = tokens_.find(piece);
  std::atomic<Whole>* whole = id ? &whole_[static_cast<size_t>(*id)] : nullptr;
  if (whole != nullptr && whole->load(std::memory_order_relaxed) == Whole::yes) {
    ids.push_back(*id);
    return;
  }
  const size_t begin = ids.size();
  if (piece.size() <= kShortPiece) {
    merge_short(piece, ids);
  } else {
    merge_long(piece, ids);
  }
  if (whole != nullptr) {
    const bool is_whole = ids.size() == begin + 1 && ids.back() == *id;
    whole->store(is_whole ? Whole::yes : Whole::no, std::memory_order_relaxed);
  }
}

void Bpe::merge_short(std::string_view piece, std::vector<int32_t>& ids) const {
  std::array<int32_t, kShortPiece> symbols;
  std::array<uint32_t, kShortPiece> ranks;  // of the pair of symbols i and i + 1
  size_t size = piece.size();
  for (size_t i = 0; i < size; ++i) symbols[i] = byte_ids_[static_cast<uint8_t>(piece[i])];
  for (size_t i = 0; i + 1 < size; ++i) ranks[i] = merges_.rank(symbols[i], symbols[i + 1]);
  while (size > 1) {
    // Two loops, since the compiler vectorises the first only without the index.
    uint32_t lowest = MergeTable::kNoRank;
    for (size_t i = 0; i + 1 < size; ++i) lowest = std::min(lowest, ranks[i]);
    if (lowest == MergeTable::kNoRank) break;
    const auto at =
        static_cast<size_t>(std::find(ranks.begin(), ranks.end(), lowest) - ranks.begin());
    symbols[at] = merges_.result(lowest);
    std::copy(symbols.data() + at + 2, symbols.data() + size, symbols.data() + at + 1);
    if (at + 2 < size)
      std::copy(ranks.data() + at + 2, ranks.data() + size - 1, ranks.data() + at + 1);
    --size;
    if (at > 0) ranks[at - 1] = merges_.rank(symbols[at - 1], symbols[at]);
    if (at + 1 < size) ranks[at] = merges_.rank(symbols[at], symbols[at + 1]);
  }
  ids.insert(ids.end(), symbols.data(), symbols.data() + size);
}

void Bpe::merge_long(std::string_view piece, std::vector<int32_t>& ids) const {
  struct Symbol {
    int32_t id;
    uint32_t rank;  // of the pair with the next symbol
    uint32_t previous;
    uint32_t next;
  };
  constexpr uint32_t kNone = UINT32_MAX;
  const auto size = static_cast<uint32_t>(piece.size());
  std::vector<Symbol> symbols(size);
  for (uint32_t i = 0; i < size; ++i) {
    symbols[i] = {byte_ids_[static_cast<uint8_t>(piece[i])], MergeTable::kNoRank,
                  i == 0 ? kNone : i - 1, i + 1 == size ? kNone : i + 1};
  }
  // Rank in the high half, place in the low half: the smallest is the leftmost of the lowest rank.
  std::vector<uint64_t> heap;
  heap.reserve(size);
  const auto look_up = [&](uint32_t at) {
    Symbol& symbol = symbols[at];
    symbol.rank = symbol.next == kNone ? MergeTable::kNoRank
                                       : merges_.rank(symbol.id, symbols[symbol.next].id);
    if (symbol.rank == MergeTable::kNoRank) return false;
    heap.push_back((static_cast<uint64_t>(symbol.rank) << 32) | at);
    return true;
  };
  const auto push = [&](uint32_t at) {
    if (look_up(at)) std::push_heap(heap.begin(), heap.end(), std::greater<>());
  };
  for (uint32_t i = 0; i < size; ++i) look_up(i);
  std::make_heap(heap.begin(), heap.end(), std::greater<>());
  while (!heap.empty()) {
    const uint64_t top = heap.front();
    std::pop_heap(heap.begin(), heap.end(), std::greater<>());
    heap.pop_back();
    const auto at = static_cast<uint32_t>(top);
    Symbol& symbol = symbols[at];
    if (symbol.rank != top >> 32) continue;  // the pair changed since
    Symbol& gone = symbols[symbol.next];
    gone.rank = MergeTable::kNoRank;
    symbol.id = merges_.result(symbol.rank);
    symbol.next = gone.next;
    if (symbol.next != kNone) symbols[symbol.next].previous = at;
    push(at);
    if (symbol.previous != kNone) push(symbol.previous);
  }
  for (uint32_t at = 0; at != kNone; at = symbols[at].next) ids.push_back(symbols[at].id);
}

}  // namespace dsocr::data
