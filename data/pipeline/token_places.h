#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "data/text/tokenizer.h"

namespace dsocr::data {

/// A glyph that `dsocr data render --glyphs` has drawn, or `dsocr data label --glyphs` has found.
struct PlacedGlyph {
  std::string text;    // the characters that it stands for, UTF-8
  float x, y;          // its centre in the global view, shares of the view's side
  bool learnt = true;  // false: nobody is sure of it
};

/// For each id of an answer the first glyph that it writes, as an index; none for ids that write no
/// glyph: white space, marks of a format, eos, a part of a character.
std::vector<std::optional<std::size_t>> glyphs_of_ids(const Tokenizer& tokenizer,
                                                      std::span<const std::int32_t> answer,
                                                      std::span<const PlacedGlyph> glyphs);

/// Which ids of an answer are learnt: those that write no masked byte of its text, whose last
/// `text_bytes` are counted from 0; eos always is.
std::vector<bool> learnt_ids(const Tokenizer& tokenizer, std::span<const std::int32_t> answer,
                             std::size_t text_bytes,
                             std::span<const std::pair<std::size_t, std::size_t>> masked);

}  // namespace dsocr::data
