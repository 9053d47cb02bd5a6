#pragma once

#include <string>
#include <string_view>

namespace dsocr::omnidocbench {

/// Drops braces that change nothing in print, as the formula norm of version 1.7 does until nothing
/// changes any more: around words of `[A-Za-z0-9.+-]`, `{}`, repeated `{` or `}`, and around at
/// most 160 characters that hold one of `= + - \\ ^ _ [ ] ( )`.
/// Time is linear in the text, however deep the braces are nested.
/// (spec: OmniDocBench v1.6/1.7, section 3)
std::u32string drop_needless_braces(std::u32string_view text);

}  // namespace dsocr::omnidocbench
