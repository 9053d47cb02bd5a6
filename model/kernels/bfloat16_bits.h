#pragma once

#include <bit>
#include <cstdint>

// bfloat16 as bits, of which compilers turn loops into vector code. The same names for float, so
// that one template serves both.
namespace dsocr::model {

/// A bfloat16 is the upper half of a float.
using Bfloat16Bits = std::uint16_t;

[[gnu::always_inline]] inline float wide(float value) { return value; }
[[gnu::always_inline]] inline float wide(Bfloat16Bits bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

[[gnu::always_inline]] inline void put(float value, float& to) { to = value; }
/// To the nearest, of two as near to the even one.
[[gnu::always_inline]] inline void put(float value, Bfloat16Bits& to) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t nearest = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
  const bool is_nan = (bits & 0x7FFFFFFF) > 0x7F800000;
  to = static_cast<Bfloat16Bits>(is_nan ? 0x7FC0 : nearest);
}

/// The value that a T has of this one.
template <class T>
[[gnu::always_inline]] inline float rounded(float value) {
  T result;
  put(value, result);
  return wide(result);
}

}  // namespace dsocr::model
