#include "eval/omnidocbench/text/brace_groups.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <numeric>
#include <vector>

namespace dsocr::omnidocbench {
namespace {

constexpr size_t kNone = std::numeric_limits<size_t>::max(), kMaxGroup = 160;

bool is_brace(char32_t c) { return c == U'{' || c == U'}'; }

bool is_word(char32_t c) {
  return (c >= U'0' && c <= U'9') || (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z') ||
         c == U'.' || c == U'+' || c == U'-';
}

bool is_operator(char32_t c) {
  return std::u32string_view(U"=+-^_[]()").find(c) != std::u32string_view::npos;
}

// The text as stretches without braces, each with the brace that ends it. Taking a brace out joins
// two stretches, so that a pass of the official loop only has to look at what has just been joined.
class Reducer {
 public:
  explicit Reducer(std::u32string_view text) : text_(text), dropped_(text.size(), false) {
    stretches_.reserve(static_cast<size_t>(std::count_if(text.begin(), text.end(), is_brace)) + 1);
    stretches_.push_back({});
    for (size_t i = 0; i < text.size(); ++i) {
      const char32_t c = text[i];
      if (is_brace(c)) {
        stretches_.back().brace = i;
        stretches_.back().next = stretches_.size();
        stretches_.push_back({.previous = stretches_.size() - 1});
      } else {
        Stretch& last = stretches_.back();
        ++last.length;
        last.words = last.words && is_word(c);
        const bool backslash = c == U'\\';
        last.operators = last.operators || is_operator(c) || (backslash && last.ends_in_backslash);
        if (last.length == 1) last.starts_with_backslash = backslash;
        last.ends_in_backslash = backslash;
      }
    }
    for (auto& changed : changed_) {
      changed.resize(stretches_.size());
      std::iota(changed.begin(), changed.end(), size_t{0});
    }
  }

  std::u32string run() {
    for (bool changed = true; changed;) {
      changed = false;
      for (size_t rule = 0; rule < kRules; ++rule) changed = apply(rule) || changed;
    }
    std::u32string out;
    out.reserve(text_.size());
    for (size_t i = 0; i < text_.size(); ++i)
      if (!dropped_[i]) out.push_back(text_[i]);
    return out;
  }

 private:
  enum Rule : size_t { kWord, kEmpty, kOpen, kClose, kOperators, kRules };

  struct Stretch {
    size_t previous = kNone, next = kNone, brace = kNone;  // `brace`: the one at its right
    size_t length = 0;
    bool words = true, operators = false, joined = false;
    bool starts_with_backslash = false, ends_in_backslash = false;
  };

  char32_t brace(size_t stretch) const {
    if (stretch == kNone || stretches_[stretch].brace == kNone) return U'\0';
    return text_[stretches_[stretch].brace];
  }

  bool applies(size_t rule, size_t index) const {
    const Stretch& stretch = stretches_[index];
    if (stretch.joined) return false;
    const char32_t left = brace(stretch.previous), right = brace(index);
    if (rule == kOpen) return stretch.length == 0 && left == U'{' && right == U'{';
    if (rule == kClose) return stretch.length == 0 && left == U'}' && right == U'}';
    if (left != U'{' || right != U'}') return false;
    if (rule == kWord) return stretch.length > 0 && stretch.words;
    if (rule == kEmpty) return stretch.length == 0;
    return stretch.length > 0 && stretch.length <= kMaxGroup && stretch.operators;
  }

  // A pass of re.sub: all matches are found on the text before the first replacement.
  bool apply(size_t rule) {
    std::vector<size_t> hits;
    for (const size_t index : changed_[rule])
      if (applies(rule, index)) hits.push_back(index);
    changed_[rule].clear();
    bool any = false;
    for (const size_t index : hits) {
      if (stretches_[index].joined) continue;  // listed twice
      const size_t previous = stretches_[index].previous;
      join(previous, index);
      if (rule != kOpen && rule != kClose) join(previous, stretches_[previous].next);
      for (auto& changed : changed_) changed.push_back(previous);
      any = true;
    }
    return any;
  }

  // Drops the brace between two neighbours; the right one becomes a part of the left one.
  void join(size_t left, size_t right) {
    Stretch& into = stretches_[left];
    Stretch& from = stretches_[right];
    dropped_[into.brace] = true;
    into.brace = from.brace;
    into.next = from.next;
    if (from.next != kNone) stretches_[from.next].previous = left;
    into.words = into.words && from.words;
    into.operators =
        into.operators || from.operators || (into.ends_in_backslash && from.starts_with_backslash);
    if (into.length == 0) into.starts_with_backslash = from.starts_with_backslash;
    if (from.length > 0) into.ends_in_backslash = from.ends_in_backslash;
    into.length += from.length;
    from.joined = true;
  }

  std::u32string_view text_;
  std::vector<bool> dropped_;
  std::vector<Stretch> stretches_;
  std::array<std::vector<size_t>, kRules> changed_;
};

}  // namespace

std::u32string drop_needless_braces(std::u32string_view text) {
  if (text.find_first_of(U"{}") == text.npos) return std::u32string(text);
  return Reducer(text).run();
}

}  // namespace dsocr::omnidocbench
