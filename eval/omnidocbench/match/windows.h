#pragma once

#include <string_view>

namespace dsocr::omnidocbench {

/// True when some window of `text` as long as `pattern` is less than `limit` (or, if `or_equal`, at
/// most) edits a code point of the pattern away: min Lev(window, pattern) / |pattern| < limit
/// (spec: OmniDocBench, sections 5.5 and 5.6). False for a pattern that is empty or longer than the
/// text. Time grows with |text| * |pattern| / 64, and with the number of windows that are near.
bool has_near_window(std::u32string_view text, std::u32string_view pattern, double limit,
                     bool or_equal = false);

}  // namespace dsocr::omnidocbench
