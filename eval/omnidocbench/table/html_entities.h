#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dsocr::omnidocbench {

/// html.unescape() of Python: character references by the rules of HTML 5 (spec: OmniDocBench,
/// section 4.4, step 2). Numbers too large for Python's int() are taken as out of range.
std::u32string unescape_html(std::u32string_view text);

/// The characters of a name without its semicolon ("amp"), as Beautiful Soup decodes `&amp;` and
/// `&amp` alike; nullopt for an unknown name (section 4.4, step 1).
std::optional<std::u32string_view> named_character(std::u32string_view name);

/// The character of `&#NUMBER;` as Beautiful Soup decodes it: 128-159 are windows-1252, numbers out
/// of range U+FFFD. `number` is digits, or `x` and hexadecimal digits.
char32_t numbered_character(std::u32string_view number);

}  // namespace dsocr::omnidocbench
