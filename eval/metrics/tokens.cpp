#include "eval/metrics/tokens.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <stdexcept>
#include <string>

namespace dsocr::metrics {
namespace {

bool has_common_han(std::u32string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char32_t c) { return c >= 0x4E00 && c <= 0x9FA5; });
}

uint64_t hash_of(std::u32string_view token) {
  uint64_t hash = token.size();
  for (const char32_t c : token) hash = (hash ^ c) * 0x9E3779B97F4A7C15u;
  return hash ^ (hash >> 32);
}

// Open addressing: slots hold id + 1 (0 = free), at most half of them are taken.
class Interner {
 public:
  explicit Interner(size_t num_tokens)
      : slots_(std::bit_ceil(2 * num_tokens + 2)), mask_(slots_.size() - 1) {}

  uint32_t id_of(std::u32string_view token) {
    const uint64_t hash = hash_of(token);
    for (size_t at = hash & mask_;; at = (at + 1) & mask_) {
      if (slots_[at] == 0) {
        entries_.push_back({hash, token});
        return (slots_[at] = static_cast<uint32_t>(entries_.size())) - 1;
      }
      const Entry& entry = entries_[slots_[at] - 1];
      if (entry.hash == hash && entry.token == token) return slots_[at] - 1;
    }
  }

  size_t num_distinct() const { return entries_.size(); }

 private:
  struct Entry {
    uint64_t hash;
    std::u32string_view token;
  };
  std::vector<uint32_t> slots_;
  size_t mask_;
  std::vector<Entry> entries_;
};

}  // namespace

Segmenter choose_segmenter(std::u32string_view a, std::u32string_view b) {
  return has_common_han(a) || has_common_han(b) ? Segmenter::kJieba : Segmenter::kWhitespace;
}

InternedPair intern(const Tokens& reference, const Tokens& hypothesis) {
  if (reference.size() + hypothesis.size() > std::numeric_limits<int32_t>::max())
    throw std::length_error("too many tokens to number: " +
                            std::to_string(reference.size() + hypothesis.size()));
  Interner interner(reference.size() + hypothesis.size());
  InternedPair pair;
  pair.reference.reserve(reference.size());
  for (const auto token : reference) pair.reference.push_back(interner.id_of(token));
  pair.hypothesis.reserve(hypothesis.size());
  for (const auto token : hypothesis) pair.hypothesis.push_back(interner.id_of(token));
  pair.num_distinct = interner.num_distinct();
  return pair;
}

}  // namespace dsocr::metrics
