#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "data/label/ppocr/text_recogniser.h"

namespace dsocr::data {

/// A word of a line, or a run of Chinese and Japanese characters within it.
struct WordSpan {
  std::size_t begin = 0, end = 0;  // bytes of the line's text
  float from = 0, to = 0;          // pixels along the line
  float confidence = 0;            // mean of its characters

  bool operator==(const WordSpan&) const = default;
};

struct LineWords {
  std::string text = {};  // UTF-8, one space between words that have white space between them
  float confidence = 0;   // mean of all characters, spaces too
  std::vector<WordSpan> words = {};

  bool operator==(const LineWords&) const = default;
};

/// The words of a line of `length` pixels. Digits and punctuation belong to the word that they
/// touch, the one before them first. A word ends half way between the middles of its last character
/// and the next one, blanks counted, but not far behind the former; it begins likewise.
LineWords split_words(std::span<const ReadCharacter> characters, float length);

}  // namespace dsocr::data
