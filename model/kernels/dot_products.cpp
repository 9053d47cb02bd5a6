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
void dots_baseline(const T* x, const T* weight, std::int64_t size, std::int64_t rows, float* sums) {
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
DSOCR_AVX2 void dots_avx2(const T* x, const T* weight, std::int64_t size, std::int64_t rows,
                          float* sums) {
  if (rows < kDotRows) return dots_baseline(x, weight, size, rows, sums);
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

DSOCR_AVX512 void dots_avx512_float32(const float* x, const float* weight, std::int64_t size,
                                      std::int64_t rows, float* sums) {
  if (rows < kDotRows) return dots_baseline(x, weight, size, rows, sums);
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

// One row after another, as they lie in memory, is what hardware reads ahead best. Four sums side
// by side hide the latency of the additions.
DSOCR_AVX512 void dots_avx512_bfloat16(const BFloat16* x, const BFloat16* weight, std::int64_t size,
                                       std::int64_t rows, float* sums) {
  constexpr std::int64_t kStep = 32, kUnroll = 4;
  for (std::int64_t row = 0; row < rows; ++row, weight += size) {
    __m512 lanes[kUnroll] = {};
    std::int64_t i = 0;
    for (; i + kUnroll * kStep <= size; i += kUnroll * kStep)
      for (std::int64_t u = 0; u < kUnroll; ++u)
        lanes[u] = _mm512_dpbf16_ps(lanes[u], load32(~__mmask32{0}, x + i + u * kStep),
                                    load32(~__mmask32{0}, weight + i + u * kStep));
    for (std::int64_t u = 0; i < size; i += kStep, ++u) {
      const __mmask32 mask = first32(size - i);
      lanes[u] = _mm512_dpbf16_ps(lanes[u], load32(mask, x + i), load32(mask, weight + i));
    }
    sums[row] =
        total(_mm512_add_ps(_mm512_add_ps(lanes[0], lanes[1]), _mm512_add_ps(lanes[2], lanes[3])));
  }
}

bool has_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
bool has_avx512() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bf16");
}

#endif

template <class T>
std::vector<DotProducts<T>> supported() {
  std::vector<DotProducts<T>> kernels{dots_baseline<T>};
#if defined(__x86_64__)
  if (has_avx2()) kernels.push_back(dots_avx2<T>);
  if constexpr (std::is_same_v<T, float>) {
    if (has_avx512()) kernels.push_back(dots_avx512_float32);
  } else {
    if (has_avx512()) kernels.push_back(dots_avx512_bfloat16);
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

DotProducts<float> dot_products_float32() { return all_dot_products_float32().back(); }

DotProducts<BFloat16> dot_products_bfloat16() { return all_dot_products_bfloat16().back(); }

}  // namespace dsocr::model
