#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

namespace dsocr::metrics {

/// jieba's word list as a prefix tree. Read-only after loading, hence safe to share between
/// threads.
class PrefixTree {
 public:
  using Node = uint32_t;
  static constexpr Node kRoot = 0;
  static constexpr Node kNone = 0xFFFFFFFF;

  /// Reads `word frequency [tag]` lines. Of a repeated word the last frequency counts, while the
  /// total takes all. Throws std::runtime_error naming the file, and the line where one is wrong.
  explicit PrefixTree(const std::filesystem::path& file);

  /// The node of a prefix continued with `c`; kNone when no word begins so.
  Node child(Node node, char32_t c) const { return slots_[slot_of(node, c)].child; }

  /// Occurrences of the word that ends at the node; 0 when it is only the beginning of words.
  uint32_t frequency(Node node) const { return frequencies_[node]; }

  /// Occurrences of a word; 0 for unknown ones.
  uint32_t frequency(std::u32string_view word) const;

  /// Natural logarithm of the sum of all frequencies.
  double log_total() const { return log_total_; }

 private:
  struct Slot {  // open addressing, at most half of the slots are taken
    Node node = 0;
    char32_t c = 0;
    Node child = kNone;  // kNone = free
  };

  size_t slot_of(Node node, char32_t c) const {
    const uint64_t hash = ((uint64_t{node} << 32) | c) * 0x9E3779B97F4A7C15u;
    const size_t mask = slots_.size() - 1;
    size_t at = (hash >> 32) & mask;
    while (slots_[at].child != kNone && (slots_[at].node != node || slots_[at].c != c))
      at = (at + 1) & mask;
    return at;
  }

  Node add_child(Node node, char32_t c);

  std::vector<Slot> slots_;
  std::vector<uint32_t> frequencies_{0};
  double log_total_ = 0;
};

/// Places of a character in a word: beginning, end, middle, or a word of its own. The order is that
/// of jieba's tie-break, which takes the later letter of B < E < M < S.
enum class WordPlace : uint8_t { kBegin, kEnd, kMiddle, kSingle };
constexpr size_t kNumPlaces = 4;

constexpr char32_t kFirstHan = 0x4E00, kLastHan = 0x9FD5;  // what jieba takes as Han

/// The hidden Markov model for words that are not in the list: natural logarithms of probabilities,
/// -3.14e100 for what was never seen.
struct HiddenMarkovModel {
  using Row = std::array<double, kNumPlaces>;  // by WordPlace
  Row start;
  std::array<Row, kNumPlaces> transition;  // [from][to]
  std::vector<Row> emission;               // [character - kFirstHan]
};

/// Reads lines of tab separated fields: `start PLACE VALUE`, `trans FROM TO VALUE`, `emit PLACE
/// CHARACTER VALUE` with places B, E, M, S. Throws std::runtime_error as PrefixTree does.
HiddenMarkovModel load_hidden_markov_model(const std::filesystem::path& file);

}  // namespace dsocr::metrics
