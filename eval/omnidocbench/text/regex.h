#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dsocr::omnidocbench {

/// Where a pattern matched; group 0 is the whole match. A group that took no part is nullopt.
struct Match {
  std::vector<std::optional<std::pair<size_t, size_t>>> groups;  // [begin, end) in code points

  size_t begin() const { return groups[0]->first; }
  size_t end() const { return groups[0]->second; }
  /// The text of a group; empty when it took no part.
  std::u32string_view group(std::u32string_view text, size_t index) const;
};

/// A pattern in the syntax of Python's `re` on text in code points, run by PCRE2 with its JIT
/// compiler. `\s`, `\S` are white space as str.split() sees it; `\w`, `\d`, `\b` and the folding of
/// case are Unicode's (Python's `\w` is letters, numbers and `_`). Lone `\Z` and named groups
/// `(?P<x>` are PCRE's too. Safe to use from several threads.
class Regex {
 public:
  enum Flags : unsigned { kNone = 0, kDotAll = 1, kMultiline = 2, kIgnoreCase = 4 };

  /// Throws std::invalid_argument with the pattern and PCRE's reason.
  explicit Regex(std::string_view pattern, unsigned flags = kNone);
  ~Regex();
  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;

  /// re.search from `from` on: look-behinds and `^` still see what stands before it.
  /// Throws std::runtime_error when PCRE gives up (its limits of stack and steps).
  std::optional<Match> search(std::u32string_view text, size_t from = 0) const;
  bool found(std::u32string_view text) const;
  /// re.match: at the start.
  std::optional<Match> match_start(std::u32string_view text) const;
  /// re.fullmatch.
  bool full_match(std::u32string_view text) const;
  /// re.finditer: non-overlapping matches from left to right.
  std::vector<Match> find_all(std::u32string_view text) const;
  size_t count(std::u32string_view text) const;

  /// re.sub with a text taken as it stands (no \1).
  std::u32string replace(std::u32string_view text, std::u32string_view with) const;
  std::u32string remove(std::u32string_view text) const { return replace(text, U""); }
  /// re.sub with a function.
  std::u32string replace(std::u32string_view text,
                         const std::function<std::u32string(const Match&)>& with) const;
  /// re.split for a pattern without groups.
  std::vector<std::u32string> split(std::u32string_view text) const;

 private:
  struct Code;
  std::optional<Match> run(std::u32string_view text, size_t from, unsigned options) const;

  std::unique_ptr<Code> code_;
};

}  // namespace dsocr::omnidocbench
