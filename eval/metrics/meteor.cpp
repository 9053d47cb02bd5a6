#include "eval/metrics/meteor.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <unordered_map>
#include <utility>

#include "eval/metrics/porter.h"
#include "eval/metrics/wordnet.h"
#include "eval/normalize/unicode.h"

namespace dsocr::metrics {
namespace {

// A token that has no partner yet: its place among all tokens and its current form.
struct Word {
  size_t position;
  std::u32string form;
};

// Free positions of one form in the reference, ascending; the last is the next one to be taken.
using Positions = std::vector<size_t>;

std::vector<Word> lower_cased(std::span<const std::u32string_view> tokens) {
  std::vector<Word> words;
  words.reserve(tokens.size());
  for (const std::u32string_view token : tokens) words.push_back({words.size(), to_lower(token)});
  return words;
}

class Aligner {
 public:
  Aligner(std::span<const std::u32string_view> reference,
          std::span<const std::u32string_view> hypothesis)
      : reference_(lower_cased(reference)),
        hypothesis_(lower_cased(hypothesis)),
        taken_(reference.size(), false) {}

  void match_forms() {
    std::unordered_map<std::u32string_view, Positions> free;
    for (const Word& word : reference_) free[word.form].push_back(word.position);
    match([&free](const std::u32string& form) -> Positions* {
      const auto found = free.find(form);
      return found == free.end() || found->second.empty() ? nullptr : &found->second;
    });
  }

  void stem() {
    for (std::vector<Word>* words : {&reference_, &hypothesis_}) {
      for (Word& word : *words) word.form = porter_stem(word.form);
    }
  }

  // A word is its own synonym too, but words of equal form were all paired off before.
  void match_synonyms(const WordNet& wordnet) {
    std::unordered_map<std::string, Positions> free;
    for (const Word& word : reference_) free[encode_utf8(word.form)].push_back(word.position);
    // Which of the reference's forms are synonyms of a form; a page that loops asks often.
    std::unordered_map<std::u32string, std::vector<Positions*>> known;
    match([&](const std::u32string& form) -> Positions* {
      const auto [entry, is_new] = known.try_emplace(form);
      if (is_new) {
        for (const std::string_view name : wordnet.lemma_names(encode_utf8(form))) {
          const auto found = free.find(std::string(name));
          if (found != free.end()) entry->second.push_back(&found->second);
        }
      }
      Positions* best = nullptr;
      for (Positions* candidate : entry->second) {
        if (candidate->empty()) continue;
        if (best == nullptr || candidate->back() > best->back()) best = candidate;
      }
      return best;
    });
  }

  std::vector<MeteorMatch> take_matches() {
    std::sort(matches_.begin(), matches_.end(), [](const MeteorMatch& a, const MeteorMatch& b) {
      return a.hypothesis < b.hypothesis;
    });
    return std::move(matches_);
  }

 private:
  // Pairs every hypothesis word, from the last to the first, with the last of the positions that
  // `find_free` offers for its form (nullptr: none), and drops the paired words on both sides.
  template <class FindFree>
  void match(FindFree find_free) {
    std::vector<Word> left;
    for (auto word = hypothesis_.rbegin(); word != hypothesis_.rend(); ++word) {
      Positions* positions = find_free(word->form);
      if (positions == nullptr) {
        left.push_back(std::move(*word));
        continue;
      }
      matches_.push_back({word->position, positions->back()});
      taken_[positions->back()] = true;
      positions->pop_back();
    }
    std::reverse(left.begin(), left.end());
    hypothesis_ = std::move(left);
    std::erase_if(reference_, [this](const Word& word) { return taken_[word.position]; });
  }

  std::vector<Word> reference_;
  std::vector<Word> hypothesis_;
  std::vector<bool> taken_;
  std::vector<MeteorMatch> matches_;
};

// Runs of matches that are neighbours on both sides.
size_t count_chunks(std::span<const MeteorMatch> matches) {
  size_t chunks = matches.empty() ? 0 : 1;
  for (size_t i = 1; i < matches.size(); ++i) {
    chunks += matches[i].hypothesis != matches[i - 1].hypothesis + 1 ||
              matches[i].reference != matches[i - 1].reference + 1;
  }
  return chunks;
}

}  // namespace

std::vector<MeteorMatch> meteor_alignment(std::span<const std::u32string_view> reference,
                                          std::span<const std::u32string_view> hypothesis,
                                          const WordNet* wordnet) {
  Aligner aligner(reference, hypothesis);
  aligner.match_forms();
  aligner.stem();
  aligner.match_forms();
  if (wordnet != nullptr) aligner.match_synonyms(*wordnet);
  return aligner.take_matches();
}

double meteor(std::span<const std::u32string_view> reference,
              std::span<const std::u32string_view> hypothesis, const WordNet* wordnet) {
  const std::vector<MeteorMatch> matches = meteor_alignment(reference, hypothesis, wordnet);
  if (matches.empty()) return 0.0;
  constexpr double kAlpha = 0.9;
  constexpr double kBeta = 3.0;
  constexpr double kGamma = 0.5;
  // The order of the operations is nltk's: another order differs in the last bits.
  const auto num_matches = static_cast<double>(matches.size());
  const double precision = num_matches / static_cast<double>(hypothesis.size());
  const double recall = num_matches / static_cast<double>(reference.size());
  const double mean = (precision * recall) / (kAlpha * precision + (1 - kAlpha) * recall);
  const double fragmentation = static_cast<double>(count_chunks(matches)) / num_matches;
  const double penalty = kGamma * std::pow(fragmentation, kBeta);
  return (1 - penalty) * mean;
}

}  // namespace dsocr::metrics
