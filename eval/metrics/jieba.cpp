#include "eval/metrics/jieba.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

namespace dsocr::metrics {
namespace {

constexpr bool is_han(char32_t c) { return c >= kFirstHan && c <= kLastHan; }
constexpr bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }
constexpr bool is_latin_or_digit(char32_t c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Characters of a stretch that is looked up in the word list; all others are tokens of their own.
constexpr bool is_word_character(char32_t c) {
  return is_han(c) || is_latin_or_digit(c) ||
         std::u32string_view(U"+#&._%-").find(c) != std::u32string_view::npos;
}

// End of the longest run from `begin` on whose characters all satisfy the predicate.
template <class Predicate>
size_t run_end(std::u32string_view text, size_t begin, Predicate predicate) {
  while (begin < text.size() && predicate(text[begin])) ++begin;
  return begin;
}

// End of every best word: ends[i] is where the word that starts at i ends when the stretch from i
// on is cut into the most probable words (unigram model, log probabilities).
std::vector<size_t> most_probable_ends(const PrefixTree& words, std::u32string_view stretch) {
  struct Route {
    double score = 0;
    size_t end = 0;
  };
  std::vector<Route> best(stretch.size() + 1);
  for (size_t begin = stretch.size(); begin-- > 0;) {
    Route& route = best[begin];
    bool found = false;
    const auto offer = [&](size_t end, uint32_t frequency) {
      // The order of the additions decides ties, and the longest word wins them.
      const double score =
          std::log(static_cast<double>(frequency)) - words.log_total() + best[end].score;
      if (!found || score >= route.score) route = {score, end};
      found = true;
    };
    PrefixTree::Node node = PrefixTree::kRoot;
    for (size_t at = begin; at < stretch.size(); ++at) {
      node = words.child(node, stretch[at]);
      if (node == PrefixTree::kNone) break;
      if (words.frequency(node) > 0) offer(at + 1, words.frequency(node));
    }
    if (!found) offer(begin + 1, 1);
  }
  std::vector<size_t> ends(stretch.size());
  for (size_t i = 0; i < ends.size(); ++i) ends[i] = best[i].end;
  return ends;
}

// The most probable places of all characters of a Han run (Viterbi). Of equal scores the place with
// the later letter wins; the order of the additions is jieba's.
std::vector<WordPlace> most_probable_places(const HiddenMarkovModel& model,
                                            std::u32string_view run) {
  // Which two places can stand before one, the winner of a tie first.
  constexpr auto kBegin = size_t(WordPlace::kBegin), kEnd = size_t(WordPlace::kEnd),
                 kMiddle = size_t(WordPlace::kMiddle), kSingle = size_t(WordPlace::kSingle);
  constexpr std::array<std::array<size_t, 2>, kNumPlaces> kBefore = {
      {{kSingle, kEnd}, {kMiddle, kBegin}, {kMiddle, kBegin}, {kSingle, kEnd}}};

  std::vector<std::array<WordPlace, kNumPlaces>> came_from(run.size());
  HiddenMarkovModel::Row scores;
  const auto& first = model.emission[run[0] - kFirstHan];
  for (size_t place = 0; place < kNumPlaces; ++place)
    scores[place] = model.start[place] + first[place];
  for (size_t i = 1; i < run.size(); ++i) {
    const auto& emission = model.emission[run[i] - kFirstHan];
    HiddenMarkovModel::Row next;
    for (size_t place = 0; place < kNumPlaces; ++place) {
      const auto score_from = [&](size_t before) {
        return scores[before] + model.transition[before][place] + emission[place];
      };
      const auto [winner, other] = kBefore[place];
      const double winner_score = score_from(winner), other_score = score_from(other);
      const bool wins = winner_score >= other_score;
      next[place] = wins ? winner_score : other_score;
      came_from[i][place] = WordPlace(wins ? winner : other);
    }
    scores = next;
  }

  std::vector<WordPlace> places(run.size());
  places.back() = scores[kSingle] >= scores[kEnd] ? WordPlace::kSingle : WordPlace::kEnd;
  for (size_t i = run.size() - 1; i > 0; --i) places[i - 1] = came_from[i][size_t(places[i])];
  return places;
}

// Cuts a Han run by the model alone.
void cut_han_run(const HiddenMarkovModel& model, std::u32string_view run, Tokens& tokens) {
  const auto places = most_probable_places(model, run);
  size_t begin = 0;
  for (size_t i = 0; i < run.size(); ++i) {
    if (places[i] == WordPlace::kBegin || places[i] == WordPlace::kMiddle) continue;
    tokens.push_back(run.substr(begin, i + 1 - begin));
    begin = i + 1;
  }
}

// End of letters and digits with an optional decimal part and an optional per cent sign.
size_t number_end(std::u32string_view text, size_t begin) {
  size_t end = run_end(text, begin, is_latin_or_digit);
  if (end + 1 < text.size() && text[end] == '.' && is_digit(text[end + 1]))
    end = run_end(text, end + 1, is_digit);
  if (end < text.size() && text[end] == '%') ++end;
  return end;
}

// Cuts characters that the word list left single.
void cut_unknown(const HiddenMarkovModel& model, std::u32string_view text, Tokens& tokens) {
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    if (is_han(text[at])) {
      at = run_end(text, at, is_han);
      cut_han_run(model, text.substr(begin, at - begin), tokens);
      continue;
    }
    if (is_latin_or_digit(text[at]))
      at = number_end(text, at);
    else
      at = run_end(text, at, [](char32_t c) { return !is_han(c) && !is_latin_or_digit(c); });
    tokens.push_back(text.substr(begin, at - begin));
  }
}

// Cuts a stretch of word characters: known words by the list, what stays single by the model.
void cut_stretch(const PrefixTree& words, const HiddenMarkovModel& model,
                 std::u32string_view stretch, Tokens& tokens) {
  const auto ends = most_probable_ends(words, stretch);
  size_t singles_begin = 0;
  const auto flush_singles = [&](size_t end) {
    const auto singles = stretch.substr(singles_begin, end - singles_begin);
    // A run of singles that is itself a known word was less probable as one: it stays cut.
    if (singles.size() > 1 && words.frequency(singles) == 0)
      cut_unknown(model, singles, tokens);
    else
      for (size_t i = 0; i < singles.size(); ++i) tokens.push_back(singles.substr(i, 1));
  };
  for (size_t at = 0; at < stretch.size(); at = ends[at]) {
    if (ends[at] == at + 1) continue;
    flush_singles(at);
    tokens.push_back(stretch.substr(at, ends[at] - at));
    singles_begin = ends[at];
  }
  flush_singles(stretch.size());
}

}  // namespace

JiebaCutter::JiebaCutter(const std::filesystem::path& folder)
    : words_(folder / "dict.txt"), model_(load_hidden_markov_model(folder / "hmm.tsv")) {}

Tokens JiebaCutter::cut(std::u32string_view text) const {
  Tokens tokens;
  for (size_t at = 0; at < text.size();) {
    const size_t end = run_end(text, at, is_word_character);
    if (end > at) {
      cut_stretch(words_, model_, text.substr(at, end - at), tokens);
      at = end;
    } else {
      const size_t length = text.substr(at).starts_with(U"\r\n") ? 2 : 1;
      tokens.push_back(text.substr(at, length));
      at += length;
    }
  }
  return tokens;
}

}  // namespace dsocr::metrics
