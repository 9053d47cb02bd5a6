#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dsocr::metrics {

/// The dictionary of synonyms behind METEOR: the files of WordNet 3.0 as Debian's `wordnet-base`
/// puts them in /usr/share/wordnet, {index,data}.{noun,verb,adj,adv} and {noun,verb,adj,adv}.exc.
/// Look-ups read mapped files and keep nothing, so one object serves any number of threads.
class WordNet {
 public:
  /// Maps the files and checks that each is whole and sorted (a few ms). Throws std::runtime_error
  /// with the file's path when one is missing, cut short or malformed.
  explicit WordNet(const std::filesystem::path& folder);
  ~WordNet();
  WordNet(const WordNet&) = delete;
  WordNet& operator=(const WordNet&) = delete;

  /// True when the folder holds all twelve files; says nothing about their content.
  static bool available(const std::filesystem::path& folder);

  /// Version in the licence text of the noun data, "3.0" for Debian's; empty when it has none.
  const std::string& version() const;

  /// Distinct lemma names, sorted by byte, of all synsets of a lower-cased word in UTF-8. Names of
  /// several words ("ice_cream") are left out, capitals stay, adjective markers such as "(p)" go.
  /// The synsets are those of nltk's wordnet.synsets(word): the word itself and, per part of
  /// speech, its base forms of the exception list or else of one round of suffix rules.
  /// The views live as long as this object. Throws std::runtime_error, naming the file, when an
  /// index line or a synset cannot be read. Source: spec: Fox, section 3.
  std::vector<std::string_view> lemma_names(std::string_view word) const;

 private:
  struct PartOfSpeech;
  std::vector<std::unique_ptr<const PartOfSpeech>> parts_;
  std::string version_;
};

}  // namespace dsocr::metrics
