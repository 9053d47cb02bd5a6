#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "data/text/tokenizer.h"

namespace dsocr::data {

/// How a vocabulary writes texts.
struct Fertility {
  std::uint64_t texts = 0, bytes = 0;
  std::uint64_t characters = 0;  // code points
  std::uint64_t graphemes = 0;   // what readers take for a character, with its marks
  std::uint64_t words = 0;       // of letters or digits, parted as Unicode's annex 29 says
  std::uint64_t tokens = 0;
  std::uint64_t broken_characters = 0;              // whose bytes are in several tokens
  std::uint64_t partial_tokens = 0;                 // that begin or end inside of a character
  std::vector<std::uint64_t> words_by_tokens = {};  // how many words stand in 1, 2, ... tokens

  /// A word with the most tokens that it stands in, and how often it was seen at all.
  struct Chain {
    std::string word;
    std::uint64_t tokens = 0, count = 0;
  };
  std::vector<Chain> longest = {};  // by falling number of tokens, then by count and word
  /// A character that the vocabulary has no token for, and how often it was seen.
  struct Missing {
    std::string character;
    std::uint64_t count = 0;
  };
  std::vector<Missing> missing = {};  // by falling count, then by code point
  std::uint64_t num_missing = 0;      // different ones

  double tokens_per_character() const;
  double tokens_per_word() const;  // all tokens, also those between words
  double broken_share() const;     // of the characters
  double partial_token_share() const;
  double whole_word_share() const;  // of the words, those in one token
};

/// Measures texts one after another. The tokenizer must outlive it.
class FertilityMeter {
 public:
  explicit FertilityMeter(const Tokenizer& tokenizer) : tokenizer_(tokenizer) {}

  /// Throws DataError (recoverable) for a text that is not UTF-8.
  void add(std::string_view utf8);

  /// What was measured so far, with so many longest words and missing characters at most.
  Fertility result(std::size_t listed) const;

 private:
  void add_words(const std::string& utf8, const std::vector<std::size_t>& token_ends);
  bool is_known(char32_t character);

  const Tokenizer& tokenizer_;
  Fertility sums_;
  std::map<std::string, Fertility::Chain> words_;
  std::map<char32_t, bool> known_;
  std::map<char32_t, std::uint64_t> missing_;
};

}  // namespace dsocr::data
