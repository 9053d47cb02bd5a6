#include "eval/omnidocbench/text/delimiters.h"

#include <algorithm>
#include <stdexcept>

namespace dsocr::omnidocbench {

DelimiterScanner::DelimiterScanner(std::u32string_view text,
                                   std::initializer_list<Delimiters> pairs, Inner inner)
    : text_(text), inner_(inner) {
  if (pairs.size() > kMaxPairs) throw std::invalid_argument("more than four pairs of delimiters");
  for (const Delimiters& pair : pairs) pairs_[count_++] = pair;
}

size_t DelimiterScanner::find_close(std::u32string_view close, size_t from) const {
  const std::u32string_view stretch = text_.substr(0, stretch_end_);
  if (inner_ != Inner::kLineNotEmpty) return stretch.find(close, from);
  size_t hit = stretch.find(close, from + 1);
  while (hit != stretch.npos && stretch[hit - 1] == U'\\') hit = stretch.find(close, hit + 1);
  return hit;
}

std::optional<Delimited> DelimiterScanner::match_at(size_t at) {
  for (size_t which = 0; which < count_; ++which) {
    const Delimiters& pair = pairs_[which];
    if (at < unclosed_until_[which] || !text_.substr(at).starts_with(pair.open)) continue;
    if (!stretch_known_ || at >= stretch_end_) {
      stretch_end_ =
          inner_ == Inner::kText ? text_.size() : std::min(text_.find(U'\n', at), text_.size());
      stretch_known_ = true;
    }
    const size_t from = at + pair.open.size();
    const size_t close = find_close(pair.close, from);
    if (close != text_.npos) return Delimited{at, close + pair.close.size(), from, close, which};
    unclosed_until_[which] = stretch_end_;
  }
  return std::nullopt;
}

std::optional<Delimited> DelimiterScanner::next() {
  for (; at_ < text_.size(); ++at_) {
    const char32_t c = text_[at_];
    if (c != U'$' && c != U'\\' && c != pairs_[0].open.front()) continue;
    if (auto match = match_at(at_)) {
      at_ = match->end;
      return match;
    }
  }
  return std::nullopt;
}

std::optional<Delimited> first_delimited(std::u32string_view text,
                                         std::initializer_list<Delimiters> pairs, Inner inner) {
  return DelimiterScanner(text, pairs, inner).next();
}

size_t count_delimited(std::u32string_view text, std::initializer_list<Delimiters> pairs,
                       Inner inner) {
  size_t count = 0;
  for (DelimiterScanner scanner(text, pairs, inner); scanner.next();) ++count;
  return count;
}

std::u32string replace_delimited(std::u32string_view text, std::initializer_list<Delimiters> pairs,
                                 Inner inner, std::u32string_view before,
                                 std::u32string_view after) {
  std::u32string out;
  size_t at = 0;
  DelimiterScanner scanner(text, pairs, inner);
  while (const auto match = scanner.next()) {
    out.append(text.substr(at, match->begin - at));
    out.append(before).append(match->inner(text)).append(after);
    at = match->end;
  }
  return out.append(text.substr(at));
}

std::u32string remove_delimited(std::u32string_view text, Delimiters pair, Inner inner) {
  std::u32string out;
  size_t at = 0;
  DelimiterScanner scanner(text, {pair}, inner);
  while (const auto match = scanner.next()) {
    out.append(text.substr(at, match->begin - at));
    at = match->end;
  }
  return out.append(text.substr(at));
}

std::vector<size_t> matching_braces(std::u32string_view text) {
  std::vector<size_t> match(text.size(), kUnclosed), open;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == U'\\') {
      ++i;
    } else if (text[i] == U'{') {
      open.push_back(i);
    } else if (text[i] == U'}' && !open.empty()) {
      match[open.back()] = i;
      open.pop_back();
    }
  }
  return match;
}

}  // namespace dsocr::omnidocbench
