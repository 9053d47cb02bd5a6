#include "eval/omnidocbench/cdm/random.h"

#include <algorithm>
#include <array>
#include <bit>
#include <stdexcept>
#include <utility>

namespace dsocr::omnidocbench::cdm {
namespace {

constexpr size_t kPoolSize = 4;

// The constants of numpy's SeedSequence.
constexpr uint32_t kInitA = 0x43b0d7e5, kMultiplierA = 0x931e8875;
constexpr uint32_t kInitB = 0x8b51f9dd, kMultiplierB = 0x58f38ded;
constexpr uint32_t kMixLeft = 0xca01f9dd, kMixRight = 0x4973f715;

uint32_t hash_step(uint32_t value, uint32_t& constant, uint32_t multiplier) {
  value ^= constant;
  constant *= multiplier;
  value *= constant;
  return value ^ (value >> 16);
}

std::array<uint64_t, 4> seed_state(uint32_t seed) {
  std::array<uint32_t, kPoolSize> pool{};
  uint32_t constant = kInitA;
  for (size_t i = 0; i < kPoolSize; ++i)
    pool[i] = hash_step(i == 0 ? seed : 0, constant, kMultiplierA);
  for (size_t from = 0; from < kPoolSize; ++from) {
    for (size_t to = 0; to < kPoolSize; ++to) {
      if (from == to) continue;
      const uint32_t mixed =
          kMixLeft * pool[to] - kMixRight * hash_step(pool[from], constant, kMultiplierA);
      pool[to] = mixed ^ (mixed >> 16);
    }
  }
  constant = kInitB;
  std::array<uint64_t, 4> words{};
  for (size_t i = 0; i < 2 * words.size(); ++i) {
    const uint64_t half = hash_step(pool[i % kPoolSize], constant, kMultiplierB);
    words[i / 2] |= half << (i % 2 * 32);
  }
  return words;
}

}  // namespace

NumpyGenerator::Wide NumpyGenerator::multiply(Wide a, Wide b) {
  // The low 128 bits; the product of the low halves by schoolbook on 32 bits.
  const uint64_t a0 = a.low & 0xffffffff, a1 = a.low >> 32;
  const uint64_t b0 = b.low & 0xffffffff, b1 = b.low >> 32;
  const uint64_t low = a0 * b0;
  const uint64_t middle = a1 * b0 + (low >> 32);
  const uint64_t carry = a0 * b1 + (middle & 0xffffffff);
  const uint64_t high = a1 * b1 + (middle >> 32) + (carry >> 32);
  return {high + a.high * b.low + a.low * b.high, a.low * b.low};
}

NumpyGenerator::Wide NumpyGenerator::add(Wide a, Wide b) {
  const uint64_t low = a.low + b.low;
  return {a.high + b.high + (low < a.low ? 1 : 0), low};
}

NumpyGenerator::NumpyGenerator(uint32_t seed) {
  const auto words = seed_state(seed);
  increment_ = {words[2] << 1 | words[3] >> 63, words[3] << 1 | 1};
  step();
  state_ = add(state_, {words[0], words[1]});
  step();
}

void NumpyGenerator::step() {
  constexpr Wide kMultiplier{0x2360ed051fc65da4, 0x4385df649fccf645};
  state_ = add(multiply(state_, kMultiplier), increment_);
}

uint64_t NumpyGenerator::next64() {
  step();
  return std::rotr(state_.high ^ state_.low, static_cast<int>(state_.high >> 58));
}

uint32_t NumpyGenerator::next32() {
  if (has_half_) {
    has_half_ = false;
    return half_;
  }
  const uint64_t both = next64();
  half_ = static_cast<uint32_t>(both >> 32);
  has_half_ = true;
  return static_cast<uint32_t>(both);
}

uint32_t NumpyGenerator::bounded(uint32_t last) {
  if (last == 0) return 0;
  if (last == UINT32_MAX) return next32();
  const uint32_t count = last + 1;
  const uint32_t threshold = (UINT32_MAX - last) % count;
  while (true) {
    const uint64_t product = uint64_t{next32()} * count;
    if (static_cast<uint32_t>(product) >= threshold) return static_cast<uint32_t>(product >> 32);
  }
}

std::vector<uint32_t> NumpyGenerator::choice(uint32_t n, uint32_t k) {
  if (k > n) throw std::invalid_argument("a choice of more numbers than there are");
  std::vector<uint32_t> chosen;
  chosen.reserve(k);
  for (uint32_t last = n - k; last < n; ++last) {
    const uint32_t value = bounded(last);
    const bool taken = std::find(chosen.begin(), chosen.end(), value) != chosen.end();
    chosen.push_back(taken ? last : value);
  }
  for (uint32_t i = k; i-- > 1;) std::swap(chosen[i], chosen[bounded(i)]);
  return chosen;
}

}  // namespace dsocr::omnidocbench::cdm
