#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace dsocr::data {

/// How often each piece, in bytes, stands in some texts.
struct StringHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
using PieceCounts = std::unordered_map<std::string, std::uint64_t, StringHash, std::equal_to<>>;

struct MergeRules {
  std::size_t vocab_size = 0;        // the last merge is the one that makes so many tokens
  std::uint64_t min_frequency = 0;   // pairs that are seen less often are not merged
  std::size_t max_token_length = 0;  // bytes; see learn_merges(). 0: no limit
  // Whether these two tokens, given in the byte-level alphabet, may be merged; empty: all may be.
  std::function<bool(const std::string& left, const std::string& right)> may_merge = {};
  std::function<void()> progress = {};  // called for each merge
};

/// A vocabulary with its merges.
struct LearntMerges {
  struct Merge {
    std::int32_t left, right;
  };
  std::vector<std::string> tokens;  // by id, in the byte-level alphabet
  std::vector<Merge> merges;        // by rank
};

/// Byte-pair encoding: joins the most frequent pair of neighbours in all pieces, again and again.
/// The same tokens and merges as those of Hugging Face's BpeTrainer with the 256 bytes as initial
/// alphabet: ids 0, 1, ... are the special tokens, then the bytes by their character in the
/// byte-level alphabet, then what merges make; of pairs that are equally frequent the one with the
/// smaller ids comes first; a pair made by a merge counts only while it is shorter than
/// max_token_length. The order of the pieces changes nothing.
LearntMerges learn_merges(const PieceCounts& pieces, const std::vector<std::string>& special_tokens,
                          const MergeRules& rules);

/// A piece in ids of a vocabulary, and how often it stands in some texts.
struct CountedIds {
  std::vector<std::int32_t> ids;
  std::uint64_t count = 0;
};

/// Goes on from a vocabulary: `tokens` are its tokens by id in the byte-level alphabet, empty for
/// ids that are never merged. Of the result the tokens begin with these, the merges are the new
/// ones.
LearntMerges learn_more_merges(std::vector<std::string> tokens,
                               const std::vector<CountedIds>& pieces, const MergeRules& rules);

}  // namespace dsocr::data
