#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace dsocr::data {

/// How likely a text is by the characters before each of its characters: an interpolated
/// Witten-Bell model of code points (Witten and Bell 1991; Chen and Goodman 1999, section 2.6).
/// Lines are texts of their own; white space counts as one blank and any digit as any other.
/// Trained within seconds on a few megabytes; takes 32 bytes at most for each run of up to `order`
/// characters.
class CharacterModel {
 public:
  /// `order` characters with the one that is told; 1 to 16. Throws DataError for another.
  explicit CharacterModel(std::size_t order = 5);

  /// Learns the lines of a text, UTF-8.
  void train(std::string_view text);

  std::uint64_t num_characters() const { return num_characters_; }
  std::size_t order() const { return order_; }

  /// -log2 of the probability that `next` follows `before`, of which the last characters count. A
  /// model that has learnt nothing gives 15, and log2(10) more for digits.
  double bits(std::u32string_view before, char32_t next) const;

  /// Of a run of text behind `before`, each character in turn.
  double bits(std::u32string_view before, std::u32string_view text) const;

  /// Mean of a line with its end; 0 for an empty one.
  double bits_per_character(std::u32string_view line) const;

 private:
  struct Entry {
    std::uint64_t run = 0;        // hash of the characters, 0: free
    std::uint32_t count = 0;      // how often they came, which is how often something followed them
    std::uint32_t followers = 0;  // how many different characters followed
  };

  const Entry* find(std::uint64_t run) const;
  Entry& entry(std::uint64_t run);
  void grow();
  void learn(std::u32string_view line);

  std::size_t order_;
  std::uint64_t num_characters_ = 0;
  std::uint64_t num_different_ = 0;
  std::size_t num_entries_ = 0;
  std::vector<Entry> entries_;  // a power of 2, open addressing
};

/// Scripts (UScriptCode) that a tenth or more of a text's letters belong to, in growing order.
std::vector<int> main_scripts(std::u32string_view text);

/// Share of the letters of a text that belong to none of the scripts; 0 without letters.
double foreign_share(std::u32string_view text, const std::vector<int>& scripts);

}  // namespace dsocr::data
