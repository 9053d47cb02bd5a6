#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/label/plausibility.h"
#include "data/label/vote_network.h"
#include "data/text/characters.h"

namespace dsocr::data {

/// How far an engine is to be trusted in places where engines differ and one of them reads a
/// character of a script class: log odds that it is right, of a character bias + slope * log odds
/// of its confidence, of nothing `absent`. An engine that does not know the letters of a class has
/// a very low bias and `absent` there.
struct ScriptTrust {
  double bias = 0, slope = 1, absent = 0;

  template <class V>
  void fields(V& v) {
    v("bias", bias, "log odds that a character is right at confidence 0.5");
    v("slope", slope, "change of these with the log odds of the confidence");
    v("absent", absent, "log odds that nothing is right where others have a character");
  }
  bool operator==(const ScriptTrust&) const = default;
};
using EngineTrust = std::array<ScriptTrust, kNumScriptClasses>;

/// What one engine reads in a piece of the page.
struct Reading {
  std::size_t engine = 0;
  std::u32string text = {};            // one blank between words
  std::vector<float> confidence = {};  // 0..1, of each code point
  std::vector<float> places = {};      // of each code point, see PlacedText; or none at all
  EngineTrust trust = {};
};

/// Log odds of a confidence, which is taken to lie within 0.001..0.999.
double log_odds(double confidence);

/// What stands in a place in which not all engines agree.
struct VoteChoice {
  std::u32string text = {};
  /// Of each reading, over the slots in which it has the same as this choice: how many (bias) and
  /// for each the mean log odds of the confidence that its characters in the segment have (slope);
  /// of a reading that has none in the segment only how many (absent).
  std::vector<EngineTrust> support = {};
};

/// Slots first..last-1 of a network, in none of which the readings agree: all such slots in a row,
/// but a slot with a blank is a segment of its own, so that words are chosen one by one. Each
/// reading's text there is a choice, the same text once; with three readings or more there is one
/// more, made of the characters that most trust speaks for.
struct VoteSegment {
  std::size_t first = 0, last = 0;
  std::vector<VoteChoice> choices = {};
};
std::vector<VoteSegment> segments_of(const VoteNetwork& network, std::span<const Reading> readings);

/// The sum of a choice's support, weighted by the trust in each reading.
double trust_in(const VoteChoice& choice, std::span<const Reading> readings);

struct VoteOptions {
  const CharacterModel* model = nullptr;  // of the language; without one all texts are as likely
  double model_weight = 0.25;             // of natural log probabilities beside log odds
  double length_weight = 0.5;  // for each code point, as a longer text is always less likely
};

/// What the model says for a choice: the natural logarithm of its probability and of that of what
/// stands behind it, after what stands before it; 0 without a model.
double log_likelihood(const CharacterModel* model, std::u32string_view before,
                      std::u32string_view choice, std::u32string_view behind);

struct Voted {
  std::u32string text = {};
  double agreement = 1;   // mean over pairs of readings of agreement_of()
  double confidence = 0;  // mean over readings of the mean over characters
};

/// The best text of readings of the same piece of the page. Where all agree, that; elsewhere the
/// choice with the highest sum of trust and plausibility behind what was chosen before it. Of forms
/// that count as the same (full-width and ASCII), the wide one behind Han and Kana and the other
/// elsewhere. The order of the readings does not matter; one alone is its own text.
Voted vote(std::span<const Reading> readings, const VoteOptions& options);

}  // namespace dsocr::data
