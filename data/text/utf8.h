#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dsocr::data {

/// Byte offset of the first sequence that is not well-formed UTF-8 (Unicode 3.9, table 3-7), if
/// any.
std::optional<size_t> find_invalid_utf8(std::string_view text);

/// The bytes as UTF-8, with every maximal subpart of an ill-formed sequence replaced by one U+FFFD
/// (Unicode 3.9 "U+FFFD substitution of maximal subparts", as in the WHATWG decoder).
std::string utf8_lossy(std::string_view bytes);

/// Appends a code point (a scalar value; not checked).
void append_utf8(std::string& out, uint32_t code_point);

}  // namespace dsocr::data
