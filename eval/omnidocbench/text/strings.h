#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

// Methods of Python's str on text in code points.
namespace dsocr::omnidocbench {

/// str.strip(): white space as Python sees it, at both ends.
std::u32string_view strip(std::u32string_view text);
std::u32string_view rstrip(std::u32string_view text);
std::u32string_view lstrip(std::u32string_view text);

/// str.strip(chars).
std::u32string_view strip(std::u32string_view text, std::u32string_view chars);

/// str.replace(from, to); `from` is not empty.
std::u32string replace_all(std::u32string_view text, std::u32string_view from,
                           std::u32string_view to);

/// replace_all(text, x, "") for each x in turn.
std::u32string remove_all(std::u32string_view text,
                          std::initializer_list<std::u32string_view> literals);

/// str.split(separator).
std::vector<std::u32string> split(std::u32string_view text, std::u32string_view separator);

/// separator.join(parts).
std::u32string join(const std::vector<std::u32string>& parts, std::u32string_view separator);

bool contains(std::u32string_view text, std::u32string_view part);
bool contains_any(std::u32string_view text, std::initializer_list<std::u32string_view> parts);

constexpr bool is_ascii_letter(char32_t c) {
  return (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z');
}

inline bool is_one_of(char32_t c, std::u32string_view characters) {
  return characters.find(c) != characters.npos;
}

/// How many ASCII letters stand in a row from a place on.
size_t ascii_letters_from(std::u32string_view text, size_t at);

/// " ".join(text.split()): runs of white space become one blank, none at the ends.
std::u32string collapse_spaces(std::u32string_view text);
std::u32string without_spaces(std::u32string_view text);

}  // namespace dsocr::omnidocbench
