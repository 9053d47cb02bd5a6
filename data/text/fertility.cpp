#include "data/text/fertility.h"

#include <unicode/brkiter.h>
#include <unicode/ubrk.h>
#include <unicode/utext.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "data/text/characters.h"

namespace dsocr::data {
namespace {

void check(UErrorCode status) {
  if (U_FAILURE(status)) throw std::runtime_error(u_errorName(status));
}

/// Where ICU breaks UTF-8 text, in bytes. The text must outlive it.
class Breaks {
 public:
  enum class Unit { kGrapheme, kWord };

  Breaks(const std::string& utf8, Unit unit) {
    UErrorCode status = U_ZERO_ERROR;
    const icu::Locale& root = icu::Locale::getRoot();
    breaks_.reset(unit == Unit::kWord ? icu::BreakIterator::createWordInstance(root, status)
                                      : icu::BreakIterator::createCharacterInstance(root, status));
    check(status);
    text_.reset(
        utext_openUTF8(nullptr, utf8.data(), static_cast<std::int64_t>(utf8.size()), &status));
    check(status);
    breaks_->setText(text_.get(), status);
    check(status);
    end_ = breaks_->first();
  }

  bool next() {
    begin_ = end_;
    end_ = breaks_->next();
    return end_ != icu::BreakIterator::DONE;
  }
  std::size_t begin() const { return static_cast<std::size_t>(begin_); }
  std::size_t end() const { return static_cast<std::size_t>(end_); }
  bool is_word() const { return breaks_->getRuleStatus() >= UBRK_WORD_NUMBER; }

 private:
  std::unique_ptr<UText, decltype(&utext_close)> text_{nullptr, &utext_close};
  std::unique_ptr<icu::BreakIterator> breaks_;
  std::int32_t begin_ = 0, end_ = 0;
};

bool begins_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }

double share(std::uint64_t part, std::uint64_t of) {
  return of > 0 ? static_cast<double>(part) / static_cast<double>(of) : 0;
}

}  // namespace

double Fertility::tokens_per_character() const { return share(tokens, characters); }
double Fertility::tokens_per_word() const { return share(tokens, words); }
double Fertility::broken_share() const { return share(broken_characters, characters); }
double Fertility::partial_token_share() const { return share(partial_tokens, tokens); }
double Fertility::whole_word_share() const {
  return words_by_tokens.empty() ? 0 : share(words_by_tokens.front(), words);
}

void FertilityMeter::add(std::string_view utf8) {
  const std::string text(utf8);
  std::vector<std::size_t> ends;  // of each token, in bytes
  std::size_t end = 0;
  for (const std::int32_t id : tokenizer_.encode(text)) {
    end += tokenizer_.token_bytes(id).size();
    ends.push_back(end);
  }
  std::vector<bool> cut(text.size() + 1, false);  // whether a token ends before this byte
  std::size_t begin = 0;
  for (const std::size_t at : ends) {
    cut[at] = true;
    const auto inside = [&](std::size_t byte) {
      return byte < text.size() && !begins_character(text[byte]);
    };
    sums_.partial_tokens += inside(begin) || inside(at);
    begin = at;
  }
  bool broken = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (begins_character(text[at])) {
      ++sums_.characters;
      broken = false;
    } else if (cut[at] && !broken) {
      ++sums_.broken_characters;
      broken = true;
    }
  }
  for (const char32_t c : to_code_points(text))
    if (!is_known(c)) ++missing_[c];
  for (Breaks graphemes(text, Breaks::Unit::kGrapheme); graphemes.next();) ++sums_.graphemes;
  add_words(text, ends);
  ++sums_.texts;
  sums_.bytes += text.size();
  sums_.tokens += ends.size();
}

bool FertilityMeter::is_known(char32_t character) {
  const auto [known, is_new] = known_.try_emplace(character, false);
  if (is_new) known->second = tokenizer_.encode(to_utf8(std::u32string(1, character))).size() == 1;
  return known->second;
}

void FertilityMeter::add_words(const std::string& utf8,
                               const std::vector<std::size_t>& token_ends) {
  auto token = token_ends.begin();
  for (Breaks words(utf8, Breaks::Unit::kWord); words.next();) {
    if (!words.is_word()) continue;
    token = std::upper_bound(token, token_ends.end(), words.begin());
    const auto last = std::lower_bound(token, token_ends.end(), words.end());
    const auto tokens = static_cast<std::uint64_t>(last - token) + 1;
    ++sums_.words;
    if (sums_.words_by_tokens.size() < tokens) sums_.words_by_tokens.resize(tokens);
    ++sums_.words_by_tokens[tokens - 1];
    Fertility::Chain& chain = words_[utf8.substr(words.begin(), words.end() - words.begin())];
    chain.tokens = std::max(chain.tokens, tokens);
    ++chain.count;
  }
}

Fertility FertilityMeter::result(std::size_t listed) const {
  Fertility result = sums_;
  for (const auto& [word, chain] : words_)
    result.longest.push_back({word, chain.tokens, chain.count});
  std::stable_sort(result.longest.begin(), result.longest.end(), [](const auto& a, const auto& b) {
    return a.tokens != b.tokens ? a.tokens > b.tokens : a.count > b.count;
  });
  for (const auto& [character, count] : missing_)
    result.missing.push_back({to_utf8(std::u32string(1, character)), count});
  std::stable_sort(result.missing.begin(), result.missing.end(),
                   [](const auto& a, const auto& b) { return a.count > b.count; });
  result.num_missing = result.missing.size();
  result.longest.resize(std::min(listed, result.longest.size()));
  result.missing.resize(std::min(listed, result.missing.size()));
  return result;
}

}  // namespace dsocr::data
