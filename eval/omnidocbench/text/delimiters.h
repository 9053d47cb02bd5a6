#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dsocr::omnidocbench {

/// Two literals that stand around a piece of text: `\(` and `\)`.
struct Delimiters {
  std::u32string_view open, close;
};

inline constexpr Delimiters kDoubleDollars{U"$$", U"$$"}, kDollars{U"$", U"$"},
    kBrackets{U"\\[", U"\\]"}, kParentheses{U"\\(", U"\\)"};

/// Where delimiters and what they enclose stand, in code points.
struct Delimited {
  size_t begin, end, inner_begin, inner_end;
  size_t which;  // index of the pair

  std::u32string_view inner(std::u32string_view text) const {
    return text.substr(inner_begin, inner_end - inner_begin);
  }
};

/// What may stand between delimiters.
enum class Inner {
  kLine,         // `.*?`: no newline
  kText,         // `.*?` with DOTALL
  kLineNotEmpty  // `.+?(?<!\\)`: no newline, at least one character, none of `\` before the close
};

/// Finds `open(.*?)close|open(.*?)close...` from left to right as Python's re.finditer does, but in
/// time linear in the text even if nothing is ever closed. At most four pairs.
class DelimiterScanner {
 public:
  /// `text` must outlive the scanner.
  DelimiterScanner(std::u32string_view text, std::initializer_list<Delimiters> pairs, Inner inner);

  /// The next match; nullopt at the end.
  std::optional<Delimited> next();

 private:
  static constexpr size_t kMaxPairs = 4;

  std::optional<Delimited> match_at(size_t at);
  size_t find_close(std::u32string_view close, size_t from) const;

  std::u32string_view text_;
  Inner inner_;
  std::array<Delimiters, kMaxPairs> pairs_;
  size_t count_ = 0;
  std::array<size_t, kMaxPairs> unclosed_until_{};  // no close for an open before this
  size_t at_ = 0, stretch_end_ = 0;
  bool stretch_known_ = false;
};

/// The first match; nullopt if there is none.
std::optional<Delimited> first_delimited(std::u32string_view text,
                                         std::initializer_list<Delimiters> pairs, Inner inner);

size_t count_delimited(std::u32string_view text, std::initializer_list<Delimiters> pairs,
                       Inner inner);

/// The text with every match put in another shape: before + its inside + after.
std::u32string replace_delimited(std::u32string_view text, std::initializer_list<Delimiters> pairs,
                                 Inner inner, std::u32string_view before = {},
                                 std::u32string_view after = {});

/// The text without every match, insides included.
std::u32string remove_delimited(std::u32string_view text, Delimiters pair,
                                Inner inner = Inner::kLine);

/// For each `{` the place of the `}` that closes it, kUnclosed for the others and for every other
/// character. Braces after a backslash do not count.
std::vector<size_t> matching_braces(std::u32string_view text);
inline constexpr size_t kUnclosed = std::numeric_limits<size_t>::max();

}  // namespace dsocr::omnidocbench
