#include "data/render/words.h"

#include <unicode/brkiter.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <memory>
#include <sstream>

#include "data/error.h"
#include "data/records.h"
#include "data/text/utf8.h"

namespace dsocr::data {
namespace {

struct Word {
  std::size_t element;
  std::string before, core, after;  // the core is what can be distorted
};

bool is_ascii_punctuation(char c) { return std::ispunct(static_cast<unsigned char>(c)) != 0; }

Word split_word(std::size_t element, const std::string& word) {
  const auto begin = std::find_if_not(word.begin(), word.end(), is_ascii_punctuation);
  const auto end = std::find_if_not(word.rbegin(), std::string::const_reverse_iterator(begin),
                                    is_ascii_punctuation)
                       .base();
  return {element, {word.begin(), begin}, {begin, end}, {end, word.end()}};
}

std::vector<std::string> graphemes(const std::string& text) {
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<icu::BreakIterator> breaks(
      icu::BreakIterator::createCharacterInstance(icu::Locale::getRoot(), status));
  if (U_FAILURE(status)) throw std::runtime_error(u_errorName(status));
  const icu::UnicodeString units = icu::UnicodeString::fromUTF8(text);
  breaks->setText(units);
  std::vector<std::string> parts;
  for (std::int32_t from = breaks->first(), to = breaks->next(); to != icu::BreakIterator::DONE;
       from = to, to = breaks->next())
    units.tempSubStringBetween(from, to).toUTF8String(parts.emplace_back());
  return parts;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += part;
  return text;
}

std::string lower(const std::string& text) {
  std::string out;
  icu::UnicodeString::fromUTF8(text).toLower(icu::Locale::getRoot()).toUTF8String(out);
  return out;
}

// As the word that it stands for: with a capital or not.
std::string with_case_of(const std::string& original, const std::string& text) {
  const icu::UnicodeString first(icu::UnicodeString::fromUTF8(original), 0, 1);
  if (icu::UnicodeString(first).toLower() == first) return text;
  icu::UnicodeString units = icu::UnicodeString::fromUTF8(text);
  units.replace(0, 1, icu::UnicodeString(units, 0, 1).toUpper());
  std::string out;
  units.toUTF8String(out);
  return out;
}

std::string distorted(const std::string& core, Distortion distortion,
                      const Substitutes& substitutes, Random& random) {
  if (distortion == Distortion::kSubstitute) {
    const std::vector<std::string>& words = substitutes.at(lower(core));
    return with_case_of(core, words[random.below(words.size())]);
  }
  std::vector<std::string> letters = graphemes(core);
  if (distortion == Distortion::kShuffle) {
    random.shuffle(std::span(letters));
  } else {
    const std::uint64_t one = random.below(letters.size());
    const std::uint64_t other = random.below(letters.size() - 1);
    std::swap(letters[one], letters[other < one ? other : other + 1]);
  }
  return joined(letters);
}

std::vector<Word> split_words(const std::vector<Element>& elements) {
  std::vector<Word> words;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (elements[i].kind == ElementKind::kTable) continue;
    std::istringstream text(elements[i].text);
    for (std::string word; text >> word;) words.push_back(split_word(i, word));
  }
  return words;
}

std::ifstream open(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw DataError(file, "", "cannot be read");
  return in;
}

}  // namespace

WordList WordList::read(const std::filesystem::path& file) {
  std::ifstream in = open(file);
  WordList list;
  std::uint64_t sum = 0;
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    std::istringstream fields(line.substr(0, line.find('#')));
    std::string word;
    if (!(fields >> word)) continue;
    std::int64_t count = 0;
    std::string rest;
    if (find_invalid_utf8(word) || !(fields >> count) || count < 1 || fields >> rest)
      throw DataError(file, "line " + std::to_string(number),
                      "is not a word and a count above 0 in UTF-8");
    list.words_.push_back(word);
    list.up_to_.push_back(sum += static_cast<std::uint64_t>(count));
  }
  if (list.words_.empty()) throw DataError(file, "", "has no words");
  return list;
}

const std::string& WordList::draw(Random& random) const {
  const auto at = std::upper_bound(up_to_.begin(), up_to_.end(), random.below(up_to_.back()));
  return words_[static_cast<std::size_t>(at - up_to_.begin())];
}

Substitutes read_substitutes(const std::filesystem::path& file) {
  std::ifstream in = open(file);
  const nlohmann::json json = nlohmann::json::parse(in, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || json.empty())
    throw DataError(file, "", "is not a JSON object of word and list of words");
  Substitutes substitutes;
  for (const auto& [word, list] : json.items()) {
    std::vector<std::string>& words = substitutes[lower(word)];
    for (const nlohmann::json& substitute : list)
      if (substitute.is_string() && !substitute.get<std::string>().empty())
        words.push_back(substitute);
    if (!list.is_array() || words.size() != list.size() || words.empty())
      throw DataError(file, word, "has no list of words");
  }
  return substitutes;
}

std::string random_words(std::size_t count, Random& random) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) text += ' ';
    const std::uint64_t length = 1 + random.below(10);
    for (std::uint64_t j = 0; j < length; ++j) text += kLetters[random.below(kLetters.size())];
  }
  return text;
}

std::string salad(std::size_t count, const WordList& list, Random& random) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) text += ' ';
    text += list.draw(random);
  }
  return text;
}

void distort(std::vector<Element>& elements, Distortion distortion, double share,
             const Substitutes& substitutes, Random& random) {
  if (distortion == Distortion::kNone) return;
  std::vector<Word> words = split_words(elements);
  std::vector<std::size_t> candidates;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool can = distortion == Distortion::kSubstitute
                         ? substitutes.contains(lower(words[i].core))
                         : graphemes(words[i].core).size() > 1;
    if (can) candidates.push_back(i);
  }
  random.shuffle(std::span(candidates));
  const auto wanted = static_cast<std::size_t>(share * static_cast<double>(words.size()));
  if (candidates.size() > wanted) candidates.resize(wanted);
  std::sort(candidates.begin(), candidates.end());
  for (const std::size_t i : candidates)
    words[i].core = distorted(words[i].core, distortion, substitutes, random);

  for (Element& element : elements)
    if (element.kind != ElementKind::kTable) element.text.clear();
  for (const Word& word : words) {
    std::string& text = elements[word.element].text;
    text += (text.empty() ? "" : " ") + word.before + word.core + word.after;
  }
}

}  // namespace dsocr::data
