#pragma once

#include <string_view>

namespace dsocr::omnidocbench {

/// Finds a literal from places that only move forward: all searches together read the text once,
/// however many of them end in vain.
class ForwardFinder {
 public:
  ForwardFinder(std::u32string_view text, std::u32string_view literal)
      : text_(text), literal_(literal) {}

  /// The first place at or after `from`, npos when there is none; `from` never gets smaller.
  size_t find(size_t from) {
    if (!searched_ || (hit_ != text_.npos && hit_ < from)) hit_ = text_.find(literal_, from);
    searched_ = true;
    return hit_;
  }

 private:
  std::u32string_view text_, literal_;
  bool searched_ = false;
  size_t hit_ = 0;
};

}  // namespace dsocr::omnidocbench
