#include "model/kernels/dot_products.h"

#include <algorithm>
#include <array>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace dsocr::model {
namespace {

using c10::BFloat16;

// Sixteen sums side by side, which compilers turn into vector code.
constexpr std::int64_t kLanes = 16;

template <class T>
void dots_baseline(const T* x, const T* weight, std::int64_t rows, std::int64_t size, float* sums) {
  for (std::int64_t row = 0; row < rows; ++row, weight += size) {
    std::array<float, kLanes> lanes{};
    std::int64_t i = 0;
    for (; i + kLanes <= size; i += kLanes)
      for (std::int64_t lane = 0; lane < kLanes; ++lane)
        lanes[static_cast<size_t>(lane)] +=
            static_cast<float>(x[i + lane]) * static_cast<float>(weight[i + lane]);
    float sum = 0;
    for (const float lane : lanes) sum += lane;
    for (; i < size; ++i) sum += static_cast<float>(x[i]) * static_cast<float>(weight[i]);
    sums[row] = sum;
  }
}

#if defined(__x86_64__)

#define DSOCR_AVX2 __attribute__((target("avx2,fma")))
#define DSOCR_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16")))

DSOCR_AVX2 inline __m256 load8(const float* from) { return _mm256_loadu_ps(from); }
DSOCR_AVX2 inline __m256 load8(const BFloat16* from) {
  const __m128i bits = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(bits), 16));
}

DSOCR_AVX2 inline float total(__m256 sums) {
  const __m128 half = _mm_add_ps(_mm256_castps256_ps128(sums), _mm256_extractf128_ps(sums, 1));
  const __m128 pair = _mm_add_ps(half, _mm_movehl_ps(half, half));
  return _mm_cvtss_f32(_mm_add_ss(pair, _mm_movehdup_ps(pair)));
}

template <class T>
DSOCR_AVX2 void dots_avx2(const T* x, const T* weight, std::int64_t rows, std::int64_t size,
                          float* sums) {
  if (rows < kDotRows) return dots_baseline(x, weight, rows, size, sums);
  __m256 lanes[kDotRows] = {};
  std::int64_t i = 0;
  for (; i + 8 <= size; i += 8) {
    const __m256 value = load8(x + i);
    for (std::int64_t row = 0; row < kDotRows; ++row)
      lanes[row] = _mm256_fmadd_ps(value, load8(weight + row * size + i), lanes[row]);
  }
  for (std::int64_t row = 0; row < kDotRows; ++row) {
    sums[row] = total(lanes[row]);
    for (std::int64_t j = i; j < size; ++j)
      sums[row] += static_cast<float>(x[j]) * static_cast<float>(weight[row * size + j]);
  }
}

// Not _mm512_reduce_add_ps, of which GCC 12 warns wrongly.
DSOCR_AVX512 inline float total(__m512 sums) {
  alignas(64) std::array<float, 16> lanes;
  _mm512_store_ps(lanes.data(), sums);
  for (size_t half = 8; half > 0; half /= 2)
    for (size_t lane = 0; lane < half; ++lane) lanes[lane] += lanes[lane + half];
  return lanes[0];
}

DSOCR_AVX512 void dots_avx512_float32(const float* x, const float* weight, std::int64_t rows,
                                      std::int64_t size, float* sums) {
  if (rows < kDotRows) return dots_baseline(x, weight, rows, size, sums);
  __m512 lanes[kDotRows] = {};
  for (std::int64_t i = 0; i < size; i += 16) {
    const auto mask = static_cast<__mmask16>((1u << std::min<std::int64_t>(16, size - i)) - 1);
    const __m512 value = _mm512_maskz_loadu_ps(mask, x + i);
    for (std::int64_t row = 0; row < kDotRows; ++row)
      lanes[row] =
          _mm512_fmadd_ps(value, _mm512_maskz_loadu_ps(mask, weight + row * size + i), lanes[row]);
  }
  for (std::int64_t row = 0; row < kDotRows; ++row) sums[row] = total(lanes[row]);
}

DSOCR_AVX512 inline __m512bh load32(__mmask32 mask, const BFloat16* from) {
  return reinterpret_cast<__m512bh>(_mm512_maskz_loadu_epi16(mask, from));
}

DSOCR_AVX512 inline __mmask32 first32(std::int64_t count) {
  return static_cast<__mmask32>((std::uint64_t{1} << std::clamp<std::int64_t>(count, 0, 32)) - 1);
}

constexpr std::int64_t kStep = 32;

// GCC 12's own header warns where a template unpacks vectors.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"

// The totals of four vectors.
DSOCR_AVX512 inline __m128 totals(const __m512* sums) {
  const __m512 ab =
      _mm512_add_ps(_mm512_unpacklo_ps(sums[0], sums[1]), _mm512_unpackhi_ps(sums[0], sums[1]));
  const __m512 cd =
      _mm512_add_ps(_mm512_unpacklo_ps(sums[2], sums[3]), _mm512_unpackhi_ps(sums[2], sums[3]));
  const __m512d ab_pairs = _mm512_castps_pd(ab), cd_pairs = _mm512_castps_pd(cd);
  const __m512 abcd = _mm512_add_ps(_mm512_castpd_ps(_mm512_unpacklo_pd(ab_pairs, cd_pairs)),
                                    _mm512_castpd_ps(_mm512_unpackhi_pd(ab_pairs, cd_pairs)));
  return _mm_add_ps(_mm_add_ps(_mm512_castps512_ps128(abcd), _mm512_extractf32x4_ps(abcd, 1)),
                    _mm_add_ps(_mm512_extractf32x4_ps(abcd, 2), _mm512_extractf32x4_ps(abcd, 3)));
}

// Every sum is one vector of sums from the first element to the last, so that its bits are the same
// in all of these.

// One row of x. One row of the weight after another, as they lie in memory, is what hardware reads
// ahead best; meanwhile the sums of the rows before are still being added.
DSOCR_AVX512 void dots_avx512_bfloat16(const BFloat16* x, const BFloat16* weight, std::int64_t rows,
                                       std::int64_t size, float* sums) {
  __m512 lanes[kDotRows] = {};
  for (std::int64_t row = 0; row < rows; ++row, weight += size) {
    std::int64_t i = 0;
    for (; i + kStep <= size; i += kStep)
      lanes[row] = _mm512_dpbf16_ps(lanes[row], load32(~__mmask32{0}, x + i),
                                    load32(~__mmask32{0}, weight + i));
    if (i < size) {
      const __mmask32 mask = first32(size - i);
      lanes[row] = _mm512_dpbf16_ps(lanes[row], load32(mask, x + i), load32(mask, weight + i));
    }
  }
  alignas(16) std::array<float, kDotRows> all;
  _mm_store_ps(all.data(), totals(lanes));
  std::copy_n(all.data(), rows, sums);
}

// Rows of x with four of the weight. One loop for whole and last steps: with two, GCC 12 keeps the
// sums in memory. The next four rows of the weight are fetched meanwhile, else the memory rests
// while later rows of x are multiplied: prefill of 82 tokens 500 -> 370 ms.
template <std::int64_t rows>
DSOCR_AVX512 void block_avx512_bfloat16(const BFloat16* x, const BFloat16* weight,
                                        std::int64_t size, float* sums) {
  __m512 lanes[rows][kDotRows] = {};
  for (std::int64_t i = 0; i < size; i += kStep) {
    const __mmask32 mask = first32(size - i);
    __m512bh values[kDotRows];
#pragma GCC unroll 4
    for (std::int64_t w = 0; w < kDotRows; ++w) {
      values[w] = load32(mask, weight + w * size + i);
      _mm_prefetch(weight + (kDotRows + w) * size + i, _MM_HINT_T1);
    }
#pragma GCC unroll 4
    for (std::int64_t r = 0; r < rows; ++r) {
      const __m512bh value = load32(mask, x + r * size + i);
#pragma GCC unroll 4
      for (std::int64_t w = 0; w < kDotRows; ++w)
        lanes[r][w] = _mm512_dpbf16_ps(lanes[r][w], value, values[w]);
    }
  }
#pragma GCC unroll 4
  for (std::int64_t r = 0; r < rows; ++r) _mm_storeu_ps(sums + r * kDotRows, totals(lanes[r]));
}

#pragma GCC diagnostic pop

void products_avx512_bfloat16(const BFloat16* x, std::int64_t x_rows, const BFloat16* weight,
                              std::int64_t weight_rows, std::int64_t size, float* sums) {
  constexpr std::array kBlocks{block_avx512_bfloat16<2>, block_avx512_bfloat16<3>,
                               block_avx512_bfloat16<4>};
  if (x_rows > 1 && weight_rows == kDotRows)
    return kBlocks[static_cast<size_t>(x_rows - 2)](x, weight, size, sums);
  for (std::int64_t r = 0; r < x_rows; ++r)
    dots_avx512_bfloat16(x + r * size, weight, weight_rows, size, sums + r * kDotRows);
}

bool has_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
bool has_avx512() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bf16");
}

#endif

template <class T, void (*dots)(const T*, const T*, std::int64_t, std::int64_t, float*)>
void row_by_row(const T* x, std::int64_t x_rows, const T* weight, std::int64_t weight_rows,
                std::int64_t size, float* sums) {
  for (std::int64_t r = 0; r < x_rows; ++r)
    dots(x + r * size, weight, weight_rows, size, sums + r * kDotRows);
}

template <class T>
std::vector<DotProducts<T>> supported() {
  std::vector<DotProducts<T>> kernels{row_by_row<T, dots_baseline<T>>};
#if defined(__x86_64__)
  if (has_avx2()) kernels.push_back(row_by_row<T, dots_avx2<T>>);
  if constexpr (std::is_same_v<T, float>) {
    if (has_avx512()) kernels.push_back(row_by_row<T, dots_avx512_float32>);
  } else {
    if (has_avx512()) kernels.push_back(products_avx512_bfloat16);
  }
#endif
  return kernels;
}

}  // namespace

std::span<const DotProducts<float>> all_dot_products_float32() {
  static const auto kernels = supported<float>();
  return kernels;
}

std::span<const DotProducts<BFloat16>> all_dot_products_bfloat16() {
  static const auto kernels = supported<BFloat16>();
  return kernels;
}

bool has_bfloat16_products() {
#if defined(__x86_64__)
  static const bool supported = has_avx512();
  return supported;
#else
  return false;
#endif
}

DotProducts<float> dot_products_float32() { return all_dot_products_float32().back(); }

DotProducts<BFloat16> dot_products_bfloat16() { return all_dot_products_bfloat16().back(); }

}  // namespace dsocr::model
