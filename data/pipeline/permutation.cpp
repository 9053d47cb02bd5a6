#include "data/pipeline/permutation.h"

#include <bit>

namespace dsocr::data {
namespace {

// The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
std::uint64_t mix(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
  return value ^ (value >> 31);
}

}  // namespace

Permutation::Permutation(std::uint64_t count, std::uint64_t seed) : count_(count) {
  const int bits = count > 1 ? static_cast<int>(std::bit_width(count - 1)) : 1;
  half_bits_ = (bits + 1) / 2;
  for (std::uint64_t& key : keys_) key = mix(seed += 0x9e3779b97f4a7c15ULL);
}

std::uint64_t Permutation::operator[](std::uint64_t place) const {
  const std::uint64_t mask = (std::uint64_t{1} << half_bits_) - 1;
  do {
    std::uint64_t left = place >> half_bits_, right = place & mask;
    for (const std::uint64_t key : keys_) {
      const std::uint64_t next = left ^ (mix(right ^ key) & mask);
      left = right;
      right = next;
    }
    place = left << half_bits_ | right;
  } while (place >= count_);
  return place;
}

}  // namespace dsocr::data
