#pragma once

#include <array>
#include <cstdint>

namespace dsocr::data {

/// A random order of 0..count-1 that is computed, not stored: a Feistel network over the next even
/// number of bits, walked until it falls below `count`. The same on every machine.
class Permutation {
 public:
  Permutation(std::uint64_t count, std::uint64_t seed);

  /// What stands at `place` < count. About a dozen multiplications.
  std::uint64_t operator[](std::uint64_t place) const;

 private:
  std::uint64_t count_;
  int half_bits_ = 1;
  std::array<std::uint64_t, 6> keys_;
};

}  // namespace dsocr::data
