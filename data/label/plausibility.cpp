#include "data/label/plausibility.h"

#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "data/error.h"
#include "data/text/characters.h"

namespace dsocr::data {
namespace {

// As many as the scripts of a page may have; what is not among them is as likely as what is.
constexpr double kAllCharacters = 0x8000;
constexpr char32_t kLineEnd = U'\n';  // before the first character of a line and behind the last
constexpr std::size_t kSmallest = 1024;

// Ten digits are one character to the model.
const double kDigitBits = std::log2(10.0);

bool is_digit(char32_t c) { return u_isdigit(static_cast<UChar32>(c)) != 0; }

char32_t folded(char32_t c) { return is_digit(c) ? U'0' : c; }

// Hash of a run of characters, made from that of the run without its last one. Never 0 in practice,
// and 0 would only lose the entry.
std::uint64_t extended(std::uint64_t run, char32_t c) {
  std::uint64_t hash = (run ^ c) * 0x9E3779B97F4A7C15U + 0xD1B54A32D192ED03U;
  hash ^= hash >> 32;
  return hash * 0xD6E8FEB86659FD93U;
}

std::uint64_t hash_of(std::u32string_view run) {
  std::uint64_t hash = 0x243F6A8885A308D3U;
  for (const char32_t c : run) hash = extended(hash, c);
  return hash;
}

bool is_letter(char32_t c) { return (U_GET_GC_MASK(static_cast<UChar32>(c)) & U_GC_L_MASK) != 0; }

int script_of(char32_t c) { return u_getIntPropertyValue(static_cast<UChar32>(c), UCHAR_SCRIPT); }

}  // namespace

CharacterModel::CharacterModel(std::size_t order) : order_(order), entries_(kSmallest) {
  if (order < 1 || order > 16)
    throw DataError("", "", "the order of a character model must lie in 1..16");
}

const CharacterModel::Entry* CharacterModel::find(std::uint64_t run) const {
  const std::size_t mask = entries_.size() - 1;
  for (std::size_t at = run & mask;; at = (at + 1) & mask) {
    if (entries_[at].run == run) return &entries_[at];
    if (entries_[at].run == 0) return nullptr;
  }
}

CharacterModel::Entry& CharacterModel::entry(std::uint64_t run) {
  if (2 * (num_entries_ + 1) > entries_.size()) grow();
  const std::size_t mask = entries_.size() - 1;
  std::size_t at = run & mask;
  while (entries_[at].run != run && entries_[at].run != 0) at = (at + 1) & mask;
  if (entries_[at].run == 0) {
    entries_[at].run = run;
    ++num_entries_;
  }
  return entries_[at];
}

void CharacterModel::grow() {
  std::vector<Entry> old(2 * entries_.size());
  old.swap(entries_);
  const std::size_t mask = entries_.size() - 1;
  for (const Entry& moved : old) {
    if (moved.run == 0) continue;
    std::size_t at = moved.run & mask;
    while (entries_[at].run != 0) at = (at + 1) & mask;
    entries_[at] = moved;
  }
}

void CharacterModel::train(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::u32string line = comparable(to_code_points(text.substr(0, end)));
    if (!line.empty()) learn(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void CharacterModel::learn(std::u32string_view line) {
  std::u32string run(1, kLineEnd);
  for (const char32_t c : line) run += folded(c);
  run += kLineEnd;
  num_characters_ += run.size() - 1;
  for (std::size_t at = 1; at < run.size(); ++at) {
    for (std::size_t length = 0; length < order_ && length <= at; ++length) {
      const std::uint64_t history = hash_of(std::u32string_view(run).substr(at - length, length));
      const bool is_new = entry(extended(history, run[at])).count++ == 0;
      if (!is_new) continue;
      if (length == 0)
        ++num_different_;
      else
        ++entry(history).followers;
    }
  }
}

double CharacterModel::bits(std::u32string_view before, char32_t next) const {
  std::u32string history(1, kLineEnd);
  for (const char32_t c : before.substr(before.size() - std::min(before.size(), order_)))
    history += folded(c);
  if (before.size() > order_) history.erase(0, 1);
  const char32_t character = folded(next);
  double probability = 1 / kAllCharacters;
  // Each longer history puts its own counts before what the shorter ones say.
  for (std::size_t length = 0; length < order_ && length <= history.size(); ++length) {
    const std::uint64_t run = hash_of(std::u32string_view(history).substr(history.size() - length));
    const Entry* known = length > 0 ? find(run) : nullptr;
    if (length > 0 && (known == nullptr || known->followers == 0)) break;
    const double total = length > 0 ? known->count : static_cast<double>(num_characters_);
    const double followers = length > 0 ? known->followers : static_cast<double>(num_different_);
    const Entry* together = find(extended(run, character));
    const double count = together == nullptr ? 0 : together->count;
    if (followers > 0) probability = (count + followers * probability) / (total + followers);
  }
  return -std::log2(probability) + (is_digit(next) ? kDigitBits : 0);
}

double CharacterModel::bits(std::u32string_view before, std::u32string_view text) const {
  std::u32string all(before.substr(before.size() - std::min(before.size(), order_ + 1)));
  const std::size_t start = all.size();
  all += text;
  double sum = 0;
  for (std::size_t i = start; i < all.size(); ++i)
    sum += bits(std::u32string_view(all).substr(0, i), all[i]);
  return sum;
}

double CharacterModel::bits_per_character(std::u32string_view line) const {
  if (line.empty()) return 0;
  const double sum = bits(U"", line) + bits(line, kLineEnd);
  return sum / static_cast<double>(line.size() + 1);
}

std::vector<int> main_scripts(std::u32string_view text) {
  std::map<int, std::size_t> letters;
  std::size_t all = 0;
  for (const char32_t c : text) {
    if (!is_letter(c)) continue;
    ++letters[script_of(c)];
    ++all;
  }
  std::vector<int> scripts;
  for (const auto& [script, count] : letters)
    if (10 * count >= all) scripts.push_back(script);
  return scripts;
}

double foreign_share(std::u32string_view text, const std::vector<int>& scripts) {
  std::size_t letters = 0, foreign = 0;
  for (const char32_t c : text) {
    if (!is_letter(c)) continue;
    ++letters;
    if (!std::binary_search(scripts.begin(), scripts.end(), script_of(c))) ++foreign;
  }
  return letters == 0 ? 0 : static_cast<double>(foreign) / static_cast<double>(letters);
}

}  // namespace dsocr::data
