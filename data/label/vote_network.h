#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "data/text/characters.h"

namespace dsocr::data {

inline constexpr std::uint32_t kNothing = 0, kBlankKey = 1;

/// One place of the line: what each text has there.
struct VoteSlot {
  // Of each text, the number of a character with its marks: the same for characters that
  // `comparable()` makes the same; kNothing where it has nothing, kBlankKey for a blank.
  std::vector<std::uint32_t> key = {};
  std::vector<std::size_t> cluster = {};  // of each text; where it has nothing, the next one
  // What one must be able to read to judge: of all that the texts have here the class that fewest
  // engines know, of kOther, kHan, kLatin and kBlank the first; of digits and punctuation that of
  // most letters of the texts.
  ScriptClass script = ScriptClass::kCommon;
  float place = std::numeric_limits<float>::quiet_NaN();  // of the first that has something

  bool has(std::uint32_t wanted) const;
  bool agreed() const;  // the same in all texts
};

/// Texts of the same line side by side, as in ROVER (Fiscus 1997): a confusion network.
struct VoteNetwork {
  std::vector<std::vector<Cluster>> clusters = {};  // of each text
  std::vector<VoteSlot> slots = {};
};

/// What is aligned: a text and, where that is known, the place of each code point along the line in
/// units of the line's thickness.
struct PlacedText {
  std::u32string_view text = {};
  std::span<const float> places = {};
};

/// Aligns the first two texts with the fewest characters that differ, then each further one to what
/// is there. Characters that lie far apart on the page are not taken for the same, and a blank
/// never stands against anything but a blank. Time and memory grow with the product of two lengths;
/// throws DataError (recoverable) above a hundred million.
VoteNetwork align_texts(std::span<const PlacedText> texts);

/// 1 - slots that differ / characters of the longer text; 1 for two empty texts.
double agreement_of(const VoteNetwork& network, std::size_t a, std::size_t b);

}  // namespace dsocr::data
