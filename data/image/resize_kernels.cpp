#include "data/image/resize_kernels.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>
#ifdef __x86_64__
#include <immintrin.h>
#endif

#include "data/image/resize_avx512.h"

namespace dsocr::data {
namespace {

// Rows that a horizontal kernel of these works on at once, as bytes that lie side by side.
constexpr std::size_t kRowBlock = 16;

constexpr std::int32_t kHalf = 1 << (kWeightBits - 1);

std::uint8_t rounded(std::int32_t sum) {
  sum >>= kWeightBits;
  return static_cast<std::uint8_t>(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

// One struct for each instruction set: the sums of kRowBlock bytes that lie side by side.

struct Baseline {
  std::array<std::int32_t, kRowBlock> sums;

  void start() { sums.fill(kHalf); }
  void add(std::int32_t weight, const std::uint8_t* bytes) {
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += weight * bytes[i];
  }
  void store(std::uint8_t* bytes) const {
    for (std::size_t i = 0; i < sums.size(); ++i) bytes[i] = rounded(sums[i]);
  }
};

#ifdef __x86_64__
#define DSOCR_AVX2 __attribute__((target("avx2")))

struct Avx2 {
  __m256i low, high;

  DSOCR_AVX2 void start() { low = high = _mm256_set1_epi32(kHalf); }
  DSOCR_AVX2 void add(std::int32_t weight, const std::uint8_t* bytes) {
    const __m256i factor = _mm256_set1_epi32(weight);
    const __m256i a = _mm256_cvtepu8_epi32(_mm_loadu_si64(bytes));
    const __m256i b = _mm256_cvtepu8_epi32(_mm_loadu_si64(bytes + 8));
    low = _mm256_add_epi32(low, _mm256_mullo_epi32(a, factor));
    high = _mm256_add_epi32(high, _mm256_mullo_epi32(b, factor));
  }
  DSOCR_AVX2 void store(std::uint8_t* bytes) const {
    // Both packs saturate and work within 128-bit halves; the permutation restores the order.
    const __m256i words = _mm256_packs_epi32(_mm256_srai_epi32(low, kWeightBits),
                                             _mm256_srai_epi32(high, kWeightBits));
    const __m256i ordered = _mm256_permute4x64_epi64(words, _MM_SHUFFLE(3, 1, 2, 0));
    const __m128i packed =
        _mm_packus_epi16(_mm256_castsi256_si128(ordered), _mm256_extracti128_si256(ordered, 1));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(bytes), packed);
  }
};
#endif

using Lane = std::uint8_t __attribute__((vector_size(kRowBlock)));
using Block = std::array<Lane, kRowBlock>;

// kRowBlock x kRowBlock bytes, rows to columns: four rounds of interleaving the first half of the
// rows with the second.
inline void transpose(Block& rows) {
  for (int round = 0; round < 4; ++round) {
    Block mixed;
    for (std::size_t i = 0; i < kRowBlock / 2; ++i) {
      const Lane& a = rows[i];
      const Lane& b = rows[i + kRowBlock / 2];
      mixed[2 * i] =
          __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      mixed[2 * i + 1] = __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29,
                                                 14, 30, 15, 31);
    }
    rows = mixed;
  }
}

// `count` rows of `stride` bytes to columns of kRowBlock bytes each, and back. Lanes beyond
// `count` hold nothing of use: no lane mixes with another.
void to_lanes(const std::uint8_t* rows, std::size_t stride, std::size_t count,
              std::uint8_t* lanes) {
  Block block{};
  for (std::size_t x = 0; x < stride; x += kRowBlock) {
    const std::size_t width = std::min<std::size_t>(kRowBlock, stride - x);
    if (width == kRowBlock && count == kRowBlock) {  // sizes that the compiler knows
      for (std::size_t y = 0; y < kRowBlock; ++y)
        std::memcpy(&block[y], rows + y * stride + x, kRowBlock);
    } else {
      for (std::size_t y = 0; y < count; ++y) std::memcpy(&block[y], rows + y * stride + x, width);
    }
    transpose(block);
    std::memcpy(lanes + x * kRowBlock, block.data(), width * kRowBlock);
  }
}

void from_lanes(const std::uint8_t* lanes, std::size_t stride, std::size_t count,
                std::uint8_t* rows) {
  Block block{};
  for (std::size_t x = 0; x < stride; x += kRowBlock) {
    const std::size_t width = std::min<std::size_t>(kRowBlock, stride - x);
    if (width == kRowBlock && count == kRowBlock) {
      std::memcpy(block.data(), lanes + x * kRowBlock, sizeof block);
      transpose(block);
      for (std::size_t y = 0; y < kRowBlock; ++y)
        std::memcpy(rows + y * stride + x, &block[y], kRowBlock);
    } else {
      std::memcpy(block.data(), lanes + x * kRowBlock, width * kRowBlock);
      transpose(block);
      for (std::size_t y = 0; y < count; ++y) std::memcpy(rows + y * stride + x, &block[y], width);
    }
  }
}

// The loops, once for all instruction sets. Each is inlined with what it calls into a function of
// the right target: `flatten` below.

template <class Sums>
inline __attribute__((always_inline)) void lanes_loop(std::span<const Taps> all,
                                                      const std::uint8_t* in, std::uint8_t* out) {
  constexpr std::size_t kPixel = 3 * kRowBlock;
  for (const Taps& taps : all) {
    Sums red, green, blue;
    red.start();
    green.start();
    blue.start();
    const std::uint8_t* source = in + kPixel * static_cast<std::size_t>(taps.first);
    for (std::int32_t k = 0; k < taps.count; ++k, source += kPixel) {
      red.add(taps.weights[k], source);
      green.add(taps.weights[k], source + kRowBlock);
      blue.add(taps.weights[k], source + 2 * kRowBlock);
    }
    red.store(out);
    green.store(out + kRowBlock);
    blue.store(out + 2 * kRowBlock);
    out += kPixel;
  }
}

template <class Sums>
inline __attribute__((always_inline)) void horizontal_loop(std::span<const Taps> taps,
                                                           const Rows& rows, std::uint8_t* out) {
  const std::size_t out_stride = 3 * taps.size();
  std::vector<std::uint8_t> in_lanes(rows.stride * kRowBlock);
  std::vector<std::uint8_t> out_lanes(out_stride * kRowBlock);
  for (std::size_t y = 0; y < rows.count; y += kRowBlock) {
    const std::size_t count = std::min(kRowBlock, rows.count - y);
    to_lanes(rows.bytes + y * rows.stride, rows.stride, count, in_lanes.data());
    lanes_loop<Sums>(taps, in_lanes.data(), out_lanes.data());
    from_lanes(out_lanes.data(), out_stride, count, out + y * out_stride);
  }
}

template <class Sums>
inline __attribute__((always_inline)) void vertical_loop(const Taps& taps, const std::uint8_t* rows,
                                                         std::size_t stride, std::uint8_t* out) {
  const std::uint8_t* column = rows + static_cast<std::size_t>(taps.first) * stride;
  std::size_t i = 0;
  for (; i + 4 * kRowBlock <= stride; i += 4 * kRowBlock) {
    Sums a, b, c, d;
    a.start();
    b.start();
    c.start();
    d.start();
    const std::uint8_t* source = column + i;
    for (std::int32_t k = 0; k < taps.count; ++k, source += stride) {
      a.add(taps.weights[k], source);
      b.add(taps.weights[k], source + kRowBlock);
      c.add(taps.weights[k], source + 2 * kRowBlock);
      d.add(taps.weights[k], source + 3 * kRowBlock);
    }
    a.store(out + i);
    b.store(out + i + kRowBlock);
    c.store(out + i + 2 * kRowBlock);
    d.store(out + i + 3 * kRowBlock);
  }
  for (; i < stride; ++i) {
    std::int32_t sum = kHalf;
    for (std::int32_t k = 0; k < taps.count; ++k)
      sum += taps.weights[k] * column[static_cast<std::size_t>(k) * stride + i];
    out[i] = rounded(sum);
  }
}

#define DSOCR_KERNELS(Sums, suffix, ...)                                                         \
  __VA_ARGS__ __attribute__((flatten)) void rows_##suffix(std::span<const Taps> taps,            \
                                                          const Rows& rows, std::uint8_t* out) { \
    horizontal_loop<Sums>(taps, rows, out);                                                      \
  }                                                                                              \
  HorizontalPass horizontal_##suffix(std::span<const Taps> taps) {                               \
    return [taps](const Rows& rows, std::uint8_t* out) { rows_##suffix(taps, rows, out); };      \
  }                                                                                              \
  __VA_ARGS__ __attribute__((flatten)) void vertical_##suffix(                                   \
      const Taps& taps, const std::uint8_t* rows, std::size_t stride, std::uint8_t* out) {       \
    vertical_loop<Sums>(taps, rows, stride, out);                                                \
  }

DSOCR_KERNELS(Baseline, baseline)
#ifdef __x86_64__
DSOCR_KERNELS(Avx2, avx2, DSOCR_AVX2)

// Strong reductions have more taps than the widest instructions take.
HorizontalPass horizontal_vnni(std::span<const Taps> taps) {
  HorizontalPass pass = horizontal_avx512(taps);
  return pass ? pass : horizontal_avx2(taps);
}
void vertical_vnni(const Taps& taps, const std::uint8_t* rows, std::size_t stride,
                   std::uint8_t* out) {
  if (!vertical_avx512(taps, rows, stride, out)) vertical_avx2(taps, rows, stride, out);
}
#endif

struct Supported {
  std::array<ResizeKernels, 3> kernels{{{"baseline", horizontal_baseline, vertical_baseline}}};
  std::size_t count = 1;

  Supported() {
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2") == 0) return;
    kernels[count++] = {"avx2", horizontal_avx2, vertical_avx2};
    if (cpu_has_avx512_vnni()) kernels[count++] = {"avx512", horizontal_vnni, vertical_vnni};
#endif
  }
};

}  // namespace

std::span<const ResizeKernels> resize_kernels() {
  static const Supported supported;
  return {supported.kernels.data(), supported.count};
}

}  // namespace dsocr::data
