#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <utility>

namespace dsocr::data {

/// Random numbers that are the same with every standard library, whose distributions are not.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t bits() { return engine_(); }

  /// From 0 to 1, 1 excluded.
  double uniform() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }

  /// From 0 to count, count excluded; count > 0.
  std::uint64_t below(std::uint64_t count) {
    return static_cast<std::uint64_t>(static_cast<unsigned __int128>(engine_()) * count >> 64);
  }

  template <class T>
  void shuffle(std::span<T> items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace dsocr::data
