#pragma once

#include <cstdint>
#include <span>

namespace dsocr::data {

/// Code points first..last got the general category `category` (L, M, N, P or S) after
/// Unicode 14.0.
struct UnicodeAddition {
  char category;
  uint32_t first;
  uint32_t last;
};

/// All characters of Unicode 15.0, 15.1 and 16.0, sorted by category and code point. The tokenizer
/// is pinned to Unicode 16.0, which the reference (`tokenizers` 0.23) uses, so that ids do not
/// depend on the PCRE2 of the machine. Source: Unicode Character Database,
/// DerivedGeneralCategory.txt.
std::span<const UnicodeAddition> unicode_additions();

}  // namespace dsocr::data
