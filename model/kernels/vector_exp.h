#pragma once

#include <bit>
#include <cstdint>

namespace dsocr::model {

/// exp(x) for x <= 0 to two units in the last place (Cephes, expf), in a form that compilers turn
/// into vector code.
[[gnu::always_inline]] inline float exp_of(float x) {
  x = x < -87.0F ? -87.0F : x;
  constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: adding it leaves the nearest integer
  const float shifted = x * 1.44269504F + kRound;
  const float n = shifted - kRound;
  float z = x - n * 0.693359375F;
  z += n * 2.12194440e-4F;
  float y = 1.9875691500e-4F;
  y = y * z + 1.3981999507e-3F;
  y = y * z + 8.3334519073e-3F;
  y = y * z + 4.1665795894e-2F;
  y = y * z + 1.6666665459e-1F;
  y = y * z + 5.0000001201e-1F;
  y = y * z * z + z + 1.0F;
  const auto exponent = std::bit_cast<std::int32_t>(shifted) - std::bit_cast<std::int32_t>(kRound);
  return y * std::bit_cast<float>((exponent + 127) << 23);
}

}  // namespace dsocr::model
