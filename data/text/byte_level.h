#pragma once

#include <string>
#include <string_view>

namespace dsocr::data {

/// The byte-level alphabet of GPT-2: tokenizer.json spells every byte as one printable character.
/// The bytes 21-7E, A1-AC and AE-FF (hexadecimal) stand for themselves (U+0021...), the other 68
/// are U+0100, U+0101, ... in order.

/// Appends the bytes that `spelled` (UTF-8) stands for and returns true; appends nothing and
/// returns false when one of its characters is not in the alphabet.
bool append_spelled_bytes(std::string_view spelled, std::string& out);

/// The spelling of a byte string, the inverse of append_spelled_bytes.
std::string spell_bytes(std::string_view bytes);

}  // namespace dsocr::data
