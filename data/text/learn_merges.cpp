#include "data/text/learn_merges.h"

#include <algorithm>
#include <array>
#include <limits>
#include <span>

#include "data/text/byte_level.h"

namespace dsocr::data {
namespace {

// The left id in the high half, so that pairs compare like their ids.
using Pair = std::uint64_t;
Pair pair_of(std::int32_t left, std::int32_t right) {
  return (static_cast<Pair>(left) << 32) | static_cast<Pair>(right);
}
std::int32_t left_of(Pair pair) { return static_cast<std::int32_t>(pair >> 32); }
std::int32_t right_of(Pair pair) { return static_cast<std::int32_t>(pair & 0xFFFFFFFF); }

/// A different piece as ids in the pool of all.
struct Word {
  std::size_t begin;
  std::uint32_t size;
  std::int64_t count;
};

/// A pair that waits to be merged in the words where it was found.
struct Candidate {
  std::int64_t count;
  Pair pair;
  std::vector<std::uint32_t> words;

  /// For a heap with the next one on top.
  bool operator<(const Candidate& other) const {
    if (count != other.count) return count < other.count;
    return pair > other.pair;
  }
};

class Learner {
 public:
  explicit Learner(const MergeRules& rules)
      : rules_(rules),
        max_length_(rules.max_token_length > 0 ? rules.max_token_length
                                               : std::numeric_limits<std::size_t>::max()) {}

  void start(const PieceCounts& pieces, const std::vector<std::string>& special_tokens) {
    for (const std::string& token : special_tokens) id_of(token, 0);
    add_bytes();
    add_words(pieces);
  }

  void start(std::vector<std::string> tokens, const std::vector<CountedIds>& pieces) {
    tokens_ = std::move(tokens);
    lengths_.resize(tokens_.size());
    for (std::size_t id = 0; id < tokens_.size(); ++id) {
      if (tokens_[id].empty()) continue;
      ids_.emplace(tokens_[id], static_cast<std::int32_t>(id));
      std::string bytes;
      append_spelled_bytes(tokens_[id], bytes);
      lengths_[id] = bytes.size();
    }
    for (const CountedIds& piece : pieces) {
      add_word(piece.ids.size(), piece.count);
      symbols_.insert(symbols_.end(), piece.ids.begin(), piece.ids.end());
    }
  }

  LearntMerges learn() {
    count_pairs();
    while (tokens_.size() < rules_.vocab_size && !heap_.empty()) {
      std::pop_heap(heap_.begin(), heap_.end());
      Candidate candidate = std::move(heap_.back());
      heap_.pop_back();
      const std::int64_t count = counts_.at(candidate.pair);
      if (candidate.count != count) {
        candidate.count = count;
        push(std::move(candidate));
        continue;
      }
      if (count < 1 || static_cast<std::uint64_t>(count) < rules_.min_frequency) break;
      merge(candidate);
      if (rules_.progress) rules_.progress();
    }
    return {std::move(tokens_), std::move(merges_)};
  }

 private:
  std::int32_t id_of(const std::string& token, std::size_t length) {
    const auto [entry, is_new] = ids_.try_emplace(token, static_cast<std::int32_t>(tokens_.size()));
    if (is_new) {
      tokens_.push_back(token);
      lengths_.push_back(length);
    }
    // A special token that is spelled like one made of bytes has its id.
    lengths_[static_cast<std::size_t>(entry->second)] = length;
    return entry->second;
  }

  void add_bytes() {
    std::array<std::pair<std::string, std::size_t>, 256> spelled;
    for (std::size_t byte = 0; byte < 256; ++byte)
      spelled.at(byte) = {spell_bytes(std::string(1, static_cast<char>(byte))), byte};
    // UTF-8 sorts like the code points do.
    std::sort(spelled.begin(), spelled.end());
    for (const auto& [text, byte] : spelled) byte_ids_.at(byte) = id_of(text, 1);
  }

  void add_words(const PieceCounts& pieces) {
    words_.reserve(pieces.size());
    for (const auto& [piece, count] : pieces) {
      add_word(piece.size(), count);
      for (const char byte : piece) symbols_.push_back(byte_ids_[static_cast<std::uint8_t>(byte)]);
    }
  }

  // Its symbols come next.
  void add_word(std::size_t size, std::uint64_t count) {
    words_.push_back(
        {symbols_.size(), static_cast<std::uint32_t>(size), static_cast<std::int64_t>(count)});
  }

  std::span<std::int32_t> symbols(const Word& word) {
    return std::span(symbols_).subspan(word.begin, word.size);
  }

  void push(Candidate candidate) {
    heap_.push_back(std::move(candidate));
    std::push_heap(heap_.begin(), heap_.end());
  }

  void push_found() {
    for (auto& [pair, words] : found_) {
      const std::int64_t count = counts_.at(pair);
      if (count > 0 && may_merge(pair)) push({count, pair, std::move(words)});
    }
    found_.clear();
  }

  bool may_merge(Pair pair) const {
    if (!rules_.may_merge) return true;
    const std::string& left = tokens_[static_cast<std::size_t>(left_of(pair))];
    const std::string& right = tokens_[static_cast<std::size_t>(right_of(pair))];
    return !left.empty() && !right.empty() && rules_.may_merge(left, right);
  }

  /// `found`: whether the word has the pair now, for the queue.
  void change(Pair pair, std::int64_t by, std::uint32_t word, bool found) {
    counts_[pair] += by;
    if (!found) return;
    std::vector<std::uint32_t>& words = found_[pair];
    if (words.empty() || words.back() != word) words.push_back(word);
  }

  void count_pairs() {
    for (std::uint32_t i = 0; i < words_.size(); ++i) {
      const auto ids = symbols(words_[i]);
      for (std::size_t at = 0; at + 1 < ids.size(); ++at)
        change(pair_of(ids[at], ids[at + 1]), words_[i].count, i, true);
    }
    push_found();
  }

  void merge(const Candidate& candidate) {
    const std::int32_t left = left_of(candidate.pair), right = right_of(candidate.pair);
    const std::size_t length = length_of(left) + length_of(right);
    const std::int32_t made = id_of(
        tokens_[static_cast<std::size_t>(left)] + tokens_[static_cast<std::size_t>(right)], length);
    merges_.push_back({left, right});
    for (const std::uint32_t word : candidate.words) merge_in(word, left, right, made);
    push_found();
  }

  void merge_in(std::uint32_t index, std::int32_t left, std::int32_t right, std::int32_t made) {
    Word& word = words_[index];
    const auto ids = symbols(word);
    const std::size_t length = length_of(made);
    const auto neighbour = [&](std::int32_t id, Pair before, Pair after) {
      change(before, -word.count, index, false);
      if (length_of(id) + length < max_length_) change(after, word.count, index, true);
    };
    std::size_t size = 0;
    for (std::size_t at = 0; at < ids.size(); ++at) {
      if (ids[at] != left || at + 1 == ids.size() || ids[at + 1] != right) {
        ids[size++] = ids[at];
        continue;
      }
      if (size > 0)
        neighbour(ids[size - 1], pair_of(ids[size - 1], left), pair_of(ids[size - 1], made));
      ++at;
      if (at + 1 < ids.size())
        neighbour(ids[at + 1], pair_of(right, ids[at + 1]), pair_of(made, ids[at + 1]));
      ids[size++] = made;
    }
    word.size = static_cast<std::uint32_t>(size);
  }

  std::size_t length_of(std::int32_t id) const { return lengths_[static_cast<std::size_t>(id)]; }

  const MergeRules& rules_;
  const std::size_t max_length_;
  std::unordered_map<std::string, std::int32_t> ids_;
  std::vector<std::string> tokens_;   // by id
  std::vector<std::size_t> lengths_;  // in bytes, by id
  std::array<std::int32_t, 256> byte_ids_{};
  std::vector<std::int32_t> symbols_;
  std::vector<Word> words_;
  std::unordered_map<Pair, std::int64_t> counts_;
  std::unordered_map<Pair, std::vector<std::uint32_t>> found_;  // since the last merge
  std::vector<Candidate> heap_;
  std::vector<LearntMerges::Merge> merges_;
};

}  // namespace

LearntMerges learn_merges(const PieceCounts& pieces, const std::vector<std::string>& special_tokens,
                          const MergeRules& rules) {
  Learner learner(rules);
  learner.start(pieces, special_tokens);
  return learner.learn();
}

LearntMerges learn_more_merges(std::vector<std::string> tokens,
                               const std::vector<CountedIds>& pieces, const MergeRules& rules) {
  Learner learner(rules);
  learner.start(std::move(tokens), pieces);
  return learner.learn();
}

}  // namespace dsocr::data
