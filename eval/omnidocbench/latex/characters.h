#pragma once

#include <string>
#include <string_view>

namespace dsocr::omnidocbench::latex {

/// A character with a combining mark, composed if Unicode has the composition (NFC); dotless i and
/// j get their dots first.
std::u32string accented(char32_t character, char32_t mark);

/// Latin letters in a mathematical alphabet: bold, italic, script, fraktur, doublestruck, sans or
/// monospace; other characters stay. Throws LatexError for another name.
std::u32string in_alphabet(std::u32string_view text, std::u32string_view alphabet);

/// str.upper().
std::u32string to_upper(std::u32string_view text);

}  // namespace dsocr::omnidocbench::latex
