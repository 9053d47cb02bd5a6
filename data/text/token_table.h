#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dsocr::data {

/// Ids are 0..kMaxTokenId; more than any real vocabulary needs, few enough for dense tables.
inline constexpr int32_t kMaxTokenId = (1 << 20) - 1;

/// Token ids and the bytes they stand for.
class TokenTable {
 public:
  /// Room for that many tokens and bytes; more is allowed.
  void reserve(size_t num_tokens, size_t num_bytes);

  /// Adds a token that find() sees. Throws std::invalid_argument, beginning with the token's name
  /// for messages, when the id is out of range or used, or another token has these bytes.
  void add(int64_t id, std::string_view bytes);

  /// Adds a token that has an id and bytes for decoding, but that find() does not see.
  void add_hidden(int64_t id, std::string_view bytes);

  std::optional<int32_t> find(std::string_view bytes) const;

  bool contains(int64_t id) const;

  /// Bytes of a token, empty for an id that is not in the table.
  std::string_view bytes(int32_t id) const;

  /// Highest id + 1.
  size_t num_ids() const { return spans_.size(); }

 private:
  struct Span {
    uint32_t begin = 0;
    uint32_t size = kAbsent;
  };
  struct Slot {
    uint32_t tag = 0;  // the other half of the hash, compared before the bytes
    int32_t id = -1;
  };
  static constexpr uint32_t kAbsent = UINT32_MAX;

  void grow(size_t num_slots);
  size_t slot_of(std::string_view bytes, uint64_t hash) const;

  std::string bytes_;
  std::vector<Span> spans_;  // by id
  std::vector<Slot> slots_;  // open addressing, at most half full
  size_t num_found_ = 0;
};

}  // namespace dsocr::data
