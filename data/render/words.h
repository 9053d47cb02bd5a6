#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "data/random.h"
#include "data/render/document.h"
#include "data/render/render_config.h"

namespace dsocr::data {

/// Words of a list, each as often as its count says.
class WordList {
 public:
  /// Reads lines of a word, white space and a count; '#' begins a comment. Throws DataError with
  /// the line.
  static WordList read(const std::filesystem::path& file);

  const std::string& draw(Random& random) const;

 private:
  std::vector<std::string> words_;
  std::vector<std::uint64_t> up_to_;  // counts, summed
};

/// For a word in lower case, the words that may stand in its place.
using Substitutes = std::map<std::string, std::vector<std::string>>;

/// Reads a JSON object of word and list of words. Throws DataError.
Substitutes read_substitutes(const std::filesystem::path& file);

/// Words of 1 to 10 letters a-z and A-Z (spec: fox, section 5).
std::string random_words(std::size_t count, Random& random);

std::string salad(std::size_t count, const WordList& list, Random& random);

/// Distorts the share of a text's words, which are what white space parts: of those whose core
/// without ASCII punctuation at both ends has more than one letter (kSubstitute: is in the list),
/// as many as share x all words, at most all. A shuffle can return the same word. Letters are
/// what a reader takes for one, with their marks. Tables stay.
void distort(std::vector<Element>& elements, Distortion distortion, double share,
             const Substitutes& substitutes, Random& random);

}  // namespace dsocr::data
