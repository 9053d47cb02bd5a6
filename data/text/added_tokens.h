#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsocr::data {

/// A token of the list "added_tokens": text that is cut out before anything else.
struct AddedToken {
  int32_t id = 0;
  std::string content;
  bool special = false;
  bool normalized = false;
};

/// Longest content that TokenFinder takes; bounds the time of a search.
inline constexpr size_t kMaxAddedTokenBytes = 1024;

/// Leftmost-longest search for a set of tokens in text.
class TokenFinder {
 public:
  struct Match {
    size_t begin;
    size_t end;
    int32_t id;
  };

  /// Adds a token; its content must have 1..kMaxAddedTokenBytes bytes and be new, else
  /// std::invalid_argument.
  void add(std::string_view content, int32_t id);

  /// All matches in `text` in order, not overlapping.
  std::vector<Match> find_all(std::string_view text) const;

 private:
  struct Node {
    int32_t id = -1;           // of the token that ends here
    uint32_t first_child = 0;  // 0: none, the root is nobody's child
    uint32_t next_sibling = 0;
    char byte = 0;
  };
  uint32_t child(uint32_t node, char byte) const;

  std::vector<Node> nodes_ = std::vector<Node>(1);
  std::array<bool, 256> starts_{};  // first bytes of the tokens
};

}  // namespace dsocr::data
