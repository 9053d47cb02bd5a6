#include "eval/metrics/porter.h"

#include <span>

namespace dsocr::metrics {
namespace {

using View = std::u32string_view;

// A suffix and what replaces it. In a list only the first rule whose suffix fits is looked at.
struct Rule {
  View suffix;
  View replacement;
};

// Whole words and their stems.
constexpr Rule kIrregular[] = {
    {U"sky", U"sky"},        {U"skies", U"sky"},        {U"dying", U"die"},
    {U"lying", U"lie"},      {U"tying", U"tie"},        {U"news", U"news"},
    {U"innings", U"inning"}, {U"inning", U"inning"},    {U"outings", U"outing"},
    {U"outing", U"outing"},  {U"cannings", U"canning"}, {U"canning", U"canning"},
    {U"howe", U"howe"},      {U"proceed", U"proceed"},  {U"exceed", U"exceed"},
    {U"succeed", U"succeed"}};

// "ization" before "ation", "ational" before "tional": the order is part of the algorithm.
constexpr Rule kStep2[] = {{U"ational", U"ate"}, {U"tional", U"tion"}, {U"enci", U"ence"},
                           {U"anci", U"ance"},   {U"izer", U"ize"},    {U"bli", U"ble"},
                           {U"alli", U"al"},     {U"entli", U"ent"},   {U"eli", U"e"},
                           {U"ousli", U"ous"},   {U"ization", U"ize"}, {U"ation", U"ate"},
                           {U"ator", U"ate"},    {U"alism", U"al"},    {U"iveness", U"ive"},
                           {U"fulness", U"ful"}, {U"ousness", U"ous"}, {U"aliti", U"al"},
                           {U"iviti", U"ive"},   {U"biliti", U"ble"},  {U"fulli", U"ful"}};

constexpr Rule kStep3[] = {{U"icate", U"ic"}, {U"ative", U""}, {U"alize", U"al"}, {U"iciti", U"ic"},
                           {U"ical", U"ic"},  {U"ful", U""},   {U"ness", U""}};

constexpr View kStep4[] = {U"al",  U"ance",  U"ence", U"er",  U"ic",  U"able", U"ible",
                           U"ant", U"ement", U"ment", U"ent", U"ion", U"ou",   U"ism",
                           U"ate", U"iti",   U"ous",  U"ive", U"ize"};

// One 'c' or 'v' per character. A y is a vowel after a consonant and a consonant elsewhere.
std::string shape(View word) {
  std::string classes(word.size(), 'c');
  for (size_t i = 0; i < word.size(); ++i) {
    const char32_t c = word[i];
    const bool vowel = c == U'a' || c == U'e' || c == U'i' || c == U'o' || c == U'u' ||
                       (c == U'y' && i > 0 && classes[i - 1] == 'c');
    if (vowel) classes[i] = 'v';
  }
  return classes;
}

// Porter's m: how often a run of vowels is followed by a run of consonants.
size_t measure(View stem) {
  const std::string classes = shape(stem);
  size_t count = 0;
  for (size_t i = 1; i < classes.size(); ++i) count += classes[i - 1] == 'v' && classes[i] == 'c';
  return count;
}

bool contains_vowel(View stem) { return shape(stem).find('v') != std::string::npos; }

bool ends_with_consonant(View stem) { return shape(stem).ends_with('c'); }

// Porter's *o, and for nltk also a word that is just a vowel and a consonant.
bool ends_cvc(View stem) {
  const std::string classes = shape(stem);
  if (classes == "vc") return true;
  const char32_t last = stem.empty() ? U'\0' : stem.back();
  return classes.ends_with("cvc") && last != U'w' && last != U'x' && last != U'y';
}

void replace_end(std::u32string& word, size_t suffix_length, View replacement) {
  word.resize(word.size() - suffix_length);
  word += replacement;
}

void apply_first(std::u32string& word, std::span<const Rule> rules) {
  for (const Rule& rule : rules) {
    if (!word.ends_with(rule.suffix)) continue;
    if (measure(View(word).substr(0, word.size() - rule.suffix.size())) > 0)
      replace_end(word, rule.suffix.size(), rule.replacement);
    return;
  }
}

void step1a(std::u32string& word) {
  if (word.ends_with(U"ies")) {
    // "dies" -> "die", but "flies" -> "fli".
    replace_end(word, 3, word.size() == 4 ? U"ie" : U"i");
  } else if (word.ends_with(U"sses")) {
    replace_end(word, 2, U"");
  } else if (word.ends_with(U"s") && !word.ends_with(U"ss")) {
    replace_end(word, 1, U"");
  }
}

// What step 1b does to the stem that "ed" or "ing" left behind.
void restore_ending(std::u32string& stem) {
  if (stem.ends_with(U"at") || stem.ends_with(U"bl") || stem.ends_with(U"iz")) {
    stem += U'e';
    return;
  }
  const char32_t last = stem.back();
  if (stem.size() >= 2 && stem[stem.size() - 2] == last && ends_with_consonant(stem)) {
    if (last != U'l' && last != U's' && last != U'z') stem.pop_back();
    return;
  }
  if (measure(stem) == 1 && ends_cvc(stem)) stem += U'e';
}

void step1b(std::u32string& word) {
  if (word.ends_with(U"ied")) {
    replace_end(word, 3, word.size() == 4 ? U"ie" : U"i");
    return;
  }
  if (word.ends_with(U"eed")) {
    if (measure(View(word).substr(0, word.size() - 3)) > 0) word.pop_back();
    return;
  }
  for (const View suffix : {View(U"ed"), View(U"ing")}) {
    if (!word.ends_with(suffix)) continue;
    if (!contains_vowel(View(word).substr(0, word.size() - suffix.size()))) continue;
    replace_end(word, suffix.size(), U"");
    restore_ending(word);
    return;
  }
}

void step1c(std::u32string& word) {
  if (!word.ends_with(U'y')) return;
  const View stem = View(word).substr(0, word.size() - 1);
  if (stem.size() > 1 && ends_with_consonant(stem)) word.back() = U'i';
}

void step2(std::u32string& word) {
  // "alli" goes first, and what it leaves is looked at again: "formationalli" -> "formate".
  if (word.ends_with(U"alli") && measure(View(word).substr(0, word.size() - 4)) > 0)
    replace_end(word, 2, U"");
  if (word.ends_with(U"logi")) {
    // The l counts as part of the stem, so that "geologi" and "theologi" are shortened too.
    if (measure(View(word).substr(0, word.size() - 3)) > 0) word.pop_back();
    return;
  }
  apply_first(word, kStep2);
}

void step4(std::u32string& word) {
  for (const View suffix : kStep4) {
    if (!word.ends_with(suffix)) continue;
    const View stem = View(word).substr(0, word.size() - suffix.size());
    const bool fits = suffix != U"ion" || stem.ends_with(U's') || stem.ends_with(U't');
    if (fits && measure(stem) > 1) word.resize(stem.size());
    return;
  }
}

void step5(std::u32string& word) {
  if (word.ends_with(U'e')) {
    const View stem = View(word).substr(0, word.size() - 1);
    const size_t m = measure(stem);
    if (m > 1 || (m == 1 && !ends_cvc(stem))) word.pop_back();
  }
  if (word.ends_with(U"ll") && measure(View(word).substr(0, word.size() - 1)) > 1) word.pop_back();
}

}  // namespace

std::u32string porter_stem(std::u32string_view word) {
  for (const auto& [form, stem] : kIrregular) {
    if (word == form) return std::u32string(stem);
  }
  std::u32string stem(word);
  if (word.size() <= 2) return stem;
  step1a(stem);
  step1b(stem);
  step1c(stem);
  step2(stem);
  apply_first(stem, kStep3);
  step4(stem);
  step5(stem);
  return stem;
}

}  // namespace dsocr::metrics
