#include "data/text/token_table.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <stdexcept>

namespace dsocr::data {
namespace {

uint64_t mix(uint64_t value) {
  value *= 0x9E3779B97F4A7C15U;
  return value ^ (value >> 32);
}

uint64_t hash_bytes(std::string_view bytes) {
  uint64_t hash = bytes.size();
  size_t i = 0;
  for (uint64_t word = 0; i + sizeof(word) <= bytes.size(); i += sizeof(word)) {
    std::memcpy(&word, bytes.data() + i, sizeof(word));
    hash = mix(hash ^ word);
  }
  uint64_t rest = 0;
  std::memcpy(&rest, bytes.data() + i, bytes.size() - i);
  return mix(mix(hash ^ rest));
}

uint32_t tag_of(uint64_t hash) { return static_cast<uint32_t>(hash >> 32); }

}  // namespace

void TokenTable::reserve(size_t num_tokens, size_t num_bytes) {
  bytes_.reserve(num_bytes);
  spans_.reserve(num_tokens);
  grow(std::bit_ceil(2 * num_tokens + 2));
}

void TokenTable::add_hidden(int64_t id, std::string_view bytes) {
  if (id < 0 || id > kMaxTokenId) {
    throw std::invalid_argument("id " + std::to_string(id) + " is not in 0.." +
                                std::to_string(kMaxTokenId));
  }
  if (contains(id)) throw std::invalid_argument("id " + std::to_string(id) + " is used twice");
  if (bytes_.size() + bytes.size() >= kAbsent) throw std::invalid_argument("too many bytes");
  const auto index = static_cast<size_t>(id);
  if (index >= spans_.size()) spans_.resize(index + 1);
  spans_[index] = {static_cast<uint32_t>(bytes_.size()), static_cast<uint32_t>(bytes.size())};
  bytes_ += bytes;
}

void TokenTable::add(int64_t id, std::string_view bytes) {
  if (2 * (num_found_ + 1) > slots_.size()) grow(std::max<size_t>(16, 2 * slots_.size()));
  const uint64_t hash = hash_bytes(bytes);
  const size_t slot = slot_of(bytes, hash);
  if (slots_[slot].id >= 0) {
    throw std::invalid_argument("the token has two ids, " + std::to_string(slots_[slot].id) +
                                " and " + std::to_string(id));
  }
  add_hidden(id, bytes);
  slots_[slot] = {tag_of(hash), static_cast<int32_t>(id)};
  ++num_found_;
}

std::optional<int32_t> TokenTable::find(std::string_view bytes) const {
  if (slots_.empty()) return std::nullopt;
  const int32_t id = slots_[slot_of(bytes, hash_bytes(bytes))].id;
  return id >= 0 ? std::optional(id) : std::nullopt;
}

bool TokenTable::contains(int64_t id) const {
  const auto index = static_cast<size_t>(id);
  return id >= 0 && index < spans_.size() && spans_[index].size != kAbsent;
}

std::string_view TokenTable::bytes(int32_t id) const {
  if (!contains(id)) return {};
  const Span& span = spans_[static_cast<size_t>(id)];
  return std::string_view(bytes_).substr(span.begin, span.size);
}

/// The slot that holds `bytes`, or the free one where it belongs.
size_t TokenTable::slot_of(std::string_view bytes, uint64_t hash) const {
  const size_t mask = slots_.size() - 1;
  size_t slot = hash & mask;
  while (slots_[slot].id >= 0) {
    if (slots_[slot].tag == tag_of(hash) && this->bytes(slots_[slot].id) == bytes) break;
    slot = (slot + 1) & mask;
  }
  return slot;
}

void TokenTable::grow(size_t num_slots) {
  if (num_slots <= slots_.size()) return;
  std::vector<Slot> old(num_slots);
  old.swap(slots_);
  for (const Slot& entry : old) {
    if (entry.id < 0) continue;
    const auto token = bytes(entry.id);
    slots_[slot_of(token, hash_bytes(token))] = entry;
  }
}

}  // namespace dsocr::data
