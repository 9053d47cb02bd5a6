#include "data/text/pattern_syntax.h"

#include <cctype>
#include <cstdio>
#include <stdexcept>

#include "data/text/unicode_additions.h"

namespace dsocr::data {
namespace {

// Unicode White_Space; PCRE2's own \s also takes U+180E.
constexpr std::string_view kSpace = R"(\x{9}-\x{d}\x{20}\x{85}\x{a0}\x{1680}\x{2000}-\x{200a})"
                                    R"(\x{2028}\x{2029}\x{202f}\x{205f}\x{3000})";
constexpr std::string_view kNotSpace =
    R"(\x{0}-\x{8}\x{e}-\x{1f}\x{21}-\x{84}\x{86}-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff})"
    R"(\x{200b}-\x{2027}\x{202a}-\x{202e}\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{10ffff})";

/// Class members for a general category: PCRE2's own table plus what it may be too old for.
std::string category_members(char category) {
  std::string members = std::string("\\p{") + category + "}";
  for (const auto& addition : unicode_additions()) {
    if (addition.category != category) continue;
    char range[40];
    std::snprintf(range, sizeof(range), "\\x{%x}-\\x{%x}", addition.first, addition.last);
    members += range;
  }
  return members;
}

class Translator {
 public:
  explicit Translator(std::string_view pattern) : in_(pattern) {}

  std::string run() {
    while (at_ < in_.size()) item();
    return out_;
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw std::invalid_argument("regular expression '" + std::string(in_) + "', offset " +
                                std::to_string(at_) + ": " + what);
  }

  char peek(size_t ahead = 0) const { return at_ + ahead < in_.size() ? in_[at_ + ahead] : '\0'; }
  bool next_is(std::string_view text) const { return in_.substr(at_).starts_with(text); }

  void copy(size_t count) {
    out_ += in_.substr(at_, count);
    at_ += count;
  }

  void item() {
    switch (peek()) {
      case '\\':
        return escape(/*in_class=*/false);
      case '[':
        return character_class();
      case '(':
        return group();
      case '{':
        return counted_quantifier();
      case '^':
      case '$':
      case ']':
      case '}':
        refuse(std::string("unescaped '") + peek() + "' is not supported");
      case '.':
        out_ += "[^\\n]";
        ++at_;
        return;
      default:
        return copy(1);
    }
  }

  void group() {
    if (next_is("(?:") || next_is("(?=") || next_is("(?!")) return copy(3);
    if (next_is("(?") || next_is("(*")) refuse("this kind of group is not supported");
    // Nothing refers to captures, since \1 is refused.
    out_ += "(?:";
    ++at_;
  }

  void counted_quantifier() {
    const size_t close = in_.find('}', at_);
    if (close == std::string_view::npos || !std::isdigit(static_cast<unsigned char>(peek(1))) ||
        in_.substr(at_, close - at_).find_first_not_of("{0123456789,") != std::string_view::npos) {
      refuse("only the quantifiers {n}, {n,} and {n,m} are supported");
    }
    copy(close + 1 - at_);
    // The libraries disagree about what {n}? and {n}+ mean.
    if (peek() == '?' || peek() == '+') refuse("a quantifier after '}' is not supported");
  }

  void character_class() {
    copy(peek(1) == '^' ? 2 : 1);
    if (peek() == ']') refuse("empty character class");
    while (peek() != ']') {
      if (at_ >= in_.size()) refuse("missing ']'");
      if (peek() == '[') refuse("a class inside a class is not supported");
      if (next_is("&&")) refuse("'&&' in a class is not supported");
      if (peek() == '\\') {
        escape(/*in_class=*/true);
      } else {
        copy(1);
      }
    }
    copy(1);
  }

  void escape(bool in_class) {
    const char letter = peek(1);
    if (letter == 's' || letter == 'S') {
      at_ += 2;
      return members(std::string(letter == 's' ? kSpace : kNotSpace), in_class, false);
    }
    if (letter == 'p' || letter == 'P') return category(in_class);
    const bool control = letter == 'n' || letter == 'r' || letter == 't' || letter == 'f';
    if (!control && !std::ispunct(static_cast<unsigned char>(letter))) {
      refuse("this escape is not supported");
    }
    copy(2);
  }

  void category(bool in_class) {
    const bool negated = peek(1) == 'P';
    const char name = peek(3);
    if (peek(2) != '{' || peek(4) != '}' ||
        std::string_view("LMNPSZ").find(name) == std::string_view::npos) {
      refuse("only the general categories L, M, N, P, S and Z are supported");
    }
    if (negated && in_class) refuse("\\P in a class is not supported");
    at_ += 5;
    members(category_members(name), in_class, negated);
  }

  /// Writes what a class escape stands for.
  void members(const std::string& list, bool in_class, bool negated) {
    if (in_class) {
      if (peek() == '-' && peek(1) != ']') refuse("a range cannot start with a class");
      out_ += list;
    } else {
      out_ += (negated ? "[^" : "[") + list + "]";
    }
  }

  std::string_view in_;
  size_t at_ = 0;
  std::string out_;
};

}  // namespace

std::string translate_pattern(std::string_view pattern) { return Translator(pattern).run(); }

}  // namespace dsocr::data
