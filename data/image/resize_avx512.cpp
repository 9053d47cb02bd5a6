#include "data/image/resize_avx512.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

#include <algorithm>
#include <array>
#include <bit>
#include <vector>

namespace dsocr::data {

#ifdef __x86_64__
// GCC 12's own header warns of its undefined operands.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#define DSOCR_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")))

namespace {

constexpr std::size_t kLanes = 16;    // sums that are made at once
constexpr std::size_t kQuad = 4;      // taps of one instruction
constexpr std::size_t kWindow = 128;  // bytes of a row that one block of sums can reach
constexpr std::size_t kMaxQuads = 4;
constexpr std::size_t kRowsAtOnce = 16;

// w = high * 65536 + middle * 256 + low, all three signed bytes.
struct Digits {
  std::int8_t low, middle, high;
};

bool split(std::int32_t weight, Digits& digits) {
  digits.low = static_cast<std::int8_t>(weight);
  weight = (weight - digits.low) >> 8;
  digits.middle = static_cast<std::int8_t>(weight);
  weight = (weight - digits.middle) >> 8;
  digits.high = static_cast<std::int8_t>(weight);
  return digits.high == weight;
}

// Of one block of sums: where its bytes lie in the window, and their weights, four taps a sum.
struct alignas(64) Quad {
  std::array<std::uint8_t, 64> index;
  std::array<std::int8_t, 64> low, middle, high;
};

struct BlockTable {
  std::size_t first;  // byte of the row where the window begins
  std::array<Quad, kMaxQuads> quads;
};

// Sums are byte `c` of output pixel `x`, sixteen in a row.
bool fill_block(std::span<const Taps> taps, std::size_t block, std::size_t num_quads,
                BlockTable& table) {
  const std::size_t begin = block * kLanes;
  const std::size_t end = std::min(begin + kLanes, 3 * taps.size());
  table.first = 3 * static_cast<std::size_t>(taps[begin / 3].first);
  for (std::size_t q = 0; q < num_quads; ++q) table.quads[q] = {};
  for (std::size_t sum = begin; sum < end; ++sum) {
    const Taps& of = taps[sum / 3];
    for (std::size_t k = 0; k < static_cast<std::size_t>(of.count); ++k) {
      const std::size_t byte = 3 * (static_cast<std::size_t>(of.first) + k) + sum % 3;
      if (byte < table.first || byte - table.first >= kWindow) return false;
      Quad& quad = table.quads[k / kQuad];
      const std::size_t at = (sum - begin) * kQuad + k % kQuad;
      Digits digits;
      if (!split(of.weights[k], digits)) return false;
      quad.index[at] = static_cast<std::uint8_t>(byte - table.first);
      quad.low[at] = digits.low;
      quad.middle[at] = digits.middle;
      quad.high[at] = digits.high;
    }
  }
  return true;
}

// The three sums put together and rounded.
DSOCR_AVX512 inline __m512i rounded(__m512i low, __m512i middle, __m512i high) {
  __m512i sum = _mm512_add_epi32(low, _mm512_slli_epi32(middle, 8));
  sum = _mm512_add_epi32(sum, _mm512_slli_epi32(high, 16));
  return _mm512_srai_epi32(sum, kWeightBits);
}

__mmask64 mask_of(std::size_t bytes) { return bytes >= 64 ? ~0ULL : (1ULL << bytes) - 1; }

// Sixteen sums of some rows. `whole`: neither the window nor the sums reach over the end of a row;
// masks cost more than the sums.
template <std::size_t quads, bool whole>
DSOCR_AVX512 void sum_block(const BlockTable& table, const Rows& rows, std::uint8_t* out,
                            std::size_t out_stride, std::size_t num_out) {
  const std::size_t reach = rows.stride - table.first;
  const __mmask64 near = mask_of(reach);
  const __mmask64 far = reach > 64 ? mask_of(reach - 64) : 0;
  const auto store = static_cast<__mmask16>(mask_of(num_out));
  // In registers: for all that the compiler knows, writing a row may change the table.
  __m512i index[quads], low_of[quads], middle_of[quads], high_of[quads];
  for (std::size_t q = 0; q < quads; ++q) {
    index[q] = _mm512_load_si512(table.quads[q].index.data());
    low_of[q] = _mm512_load_si512(table.quads[q].low.data());
    middle_of[q] = _mm512_load_si512(table.quads[q].middle.data());
    high_of[q] = _mm512_load_si512(table.quads[q].high.data());
  }
  for (std::size_t y = 0; y < rows.count; ++y) {
    const std::uint8_t* in = rows.bytes + y * rows.stride + table.first;
    _mm_prefetch(in + kRowsAtOnce * rows.stride, _MM_HINT_T0);
    const __m512i a = whole ? _mm512_loadu_si512(in) : _mm512_maskz_loadu_epi8(near, in);
    const __m512i b = whole ? _mm512_loadu_si512(in + 64) : _mm512_maskz_loadu_epi8(far, in + 64);
    __m512i low = _mm512_set1_epi32(1 << (kWeightBits - 1));
    __m512i middle = _mm512_setzero_si512();
    __m512i high = _mm512_setzero_si512();
    for (std::size_t q = 0; q < quads; ++q) {
      const __m512i bytes = _mm512_permutex2var_epi8(a, index[q], b);
      low = _mm512_dpbusd_epi32(low, bytes, low_of[q]);
      middle = _mm512_dpbusd_epi32(middle, bytes, middle_of[q]);
      high = _mm512_dpbusd_epi32(high, bytes, high_of[q]);
    }
    const __m512i sums = _mm512_max_epi32(rounded(low, middle, high), _mm512_setzero_si512());
    const __m128i result = _mm512_cvtusepi32_epi8(sums);
    if constexpr (whole)
      _mm_storeu_si128(reinterpret_cast<__m128i*>(out + y * out_stride), result);
    else
      _mm_mask_storeu_epi8(out + y * out_stride, store, result);
  }
}

using SumBlock = void (*)(const BlockTable&, const Rows&, std::uint8_t*, std::size_t, std::size_t);
constexpr std::array<std::array<SumBlock, 2>, kMaxQuads> kSums = {
    {{sum_block<1, false>, sum_block<1, true>},
     {sum_block<2, false>, sum_block<2, true>},
     {sum_block<3, false>, sum_block<3, true>},
     {sum_block<4, false>, sum_block<4, true>}}};

// Rows of four pixels, one below the other, to columns of four: sixteen to each register, in an
// order that packing undoes.
struct Columns {
  __m512i quarters[4];
};

DSOCR_AVX512 inline Columns interleave(const __m512i (&rows)[4]) {
  const __m512i low_a = _mm512_unpacklo_epi8(rows[0], rows[1]);
  const __m512i high_a = _mm512_unpackhi_epi8(rows[0], rows[1]);
  const __m512i low_b = _mm512_unpacklo_epi8(rows[2], rows[3]);
  const __m512i high_b = _mm512_unpackhi_epi8(rows[2], rows[3]);
  return {{_mm512_unpacklo_epi16(low_a, low_b), _mm512_unpackhi_epi16(low_a, low_b),
           _mm512_unpacklo_epi16(high_a, high_b), _mm512_unpackhi_epi16(high_a, high_b)}};
}

// Of each four taps, their weights for every column.
struct ColumnWeights {
  std::size_t num_taps, num_quads;
  __m512i low[kMaxQuads], middle[kMaxQuads], high[kMaxQuads];
};

DSOCR_AVX512 bool fill_weights(const Taps& taps, ColumnWeights& weights) {
  weights.num_taps = static_cast<std::size_t>(taps.count);
  weights.num_quads = (weights.num_taps + kQuad - 1) / kQuad;
  if (weights.num_quads > kMaxQuads) return false;
  for (std::size_t q = 0; q < weights.num_quads; ++q) {
    std::array<std::int8_t, kQuad> low{}, middle{}, high{};
    for (std::size_t k = 0; k < std::min(kQuad, weights.num_taps - q * kQuad); ++k) {
      Digits digits;
      if (!split(taps.weights[q * kQuad + k], digits)) return false;
      low[k] = digits.low;
      middle[k] = digits.middle;
      high[k] = digits.high;
    }
    weights.low[q] = _mm512_set1_epi32(std::bit_cast<std::int32_t>(low));
    weights.middle[q] = _mm512_set1_epi32(std::bit_cast<std::int32_t>(middle));
    weights.high[q] = _mm512_set1_epi32(std::bit_cast<std::int32_t>(high));
  }
  return true;
}

// Sixty-four sums side by side, or those of the mask.
template <bool whole>
DSOCR_AVX512 void sum_columns(const ColumnWeights& weights, const std::uint8_t* in,
                              std::size_t stride, std::uint8_t* out, __mmask64 mask) {
  __m512i low[4], middle[4], high[4];
  for (std::size_t i = 0; i < 4; ++i) {
    low[i] = _mm512_set1_epi32(1 << (kWeightBits - 1));
    middle[i] = high[i] = _mm512_setzero_si512();
  }
  for (std::size_t q = 0; q < weights.num_quads; ++q) {
    __m512i rows[kQuad];
    for (std::size_t k = 0; k < kQuad; ++k) {
      const std::uint8_t* row = in + (q * kQuad + k) * stride;
      rows[k] = q * kQuad + k >= weights.num_taps ? _mm512_setzero_si512()
                : whole                           ? _mm512_loadu_si512(row)
                                                  : _mm512_maskz_loadu_epi8(mask, row);
    }
    const Columns columns = interleave(rows);
    for (std::size_t i = 0; i < 4; ++i) {
      low[i] = _mm512_dpbusd_epi32(low[i], columns.quarters[i], weights.low[q]);
      middle[i] = _mm512_dpbusd_epi32(middle[i], columns.quarters[i], weights.middle[q]);
      high[i] = _mm512_dpbusd_epi32(high[i], columns.quarters[i], weights.high[q]);
    }
  }
  const __m512i a =
      _mm512_packs_epi32(rounded(low[0], middle[0], high[0]), rounded(low[1], middle[1], high[1]));
  const __m512i b =
      _mm512_packs_epi32(rounded(low[2], middle[2], high[2]), rounded(low[3], middle[3], high[3]));
  if constexpr (whole)
    _mm512_storeu_si512(out, _mm512_packus_epi16(a, b));
  else
    _mm512_mask_storeu_epi8(out, mask, _mm512_packus_epi16(a, b));
}

}  // namespace

bool cpu_has_avx512_vnni() {
  return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
         __builtin_cpu_supports("avx512vl") != 0 && __builtin_cpu_supports("avx512vbmi") != 0 &&
         __builtin_cpu_supports("avx512vnni") != 0;
}

HorizontalPass horizontal_avx512(std::span<const Taps> taps) {
  std::int32_t most = 0;
  for (const Taps& of : taps) most = std::max(most, of.count);
  const std::size_t num_quads = (static_cast<std::size_t>(most) + kQuad - 1) / kQuad;
  if (num_quads > kMaxQuads) return {};
  const std::size_t out_stride = 3 * taps.size();
  std::vector<BlockTable> tables((out_stride + kLanes - 1) / kLanes);
  for (std::size_t b = 0; b < tables.size(); ++b)
    if (!fill_block(taps, b, num_quads, tables[b])) return {};
  return [num_quads, out_stride, tables = std::move(tables)](const Rows& rows, std::uint8_t* out) {
    // Some rows at a time: the tables of a whole row are more than the first cache holds.
    for (std::size_t y = 0; y < rows.count; y += kRowsAtOnce)
      for (std::size_t b = 0; b < tables.size(); ++b) {
        const Rows some{rows.bytes + y * rows.stride, rows.stride,
                        std::min(kRowsAtOnce, rows.count - y)};
        const std::size_t num_out = std::min(kLanes, out_stride - b * kLanes);
        const bool whole = num_out == kLanes && tables[b].first + kWindow <= rows.stride;
        kSums[num_quads - 1][whole ? 1 : 0](tables[b], some, out + y * out_stride + b * kLanes,
                                            out_stride, num_out);
      }
  };
}

DSOCR_AVX512 bool vertical_avx512(const Taps& taps, const std::uint8_t* rows, std::size_t stride,
                                  std::uint8_t* out) {
  ColumnWeights weights;
  if (!fill_weights(taps, weights)) return false;
  const std::uint8_t* first = rows + static_cast<std::size_t>(taps.first) * stride;
  std::size_t x = 0;
  for (; x + 64 <= stride; x += 64) sum_columns<true>(weights, first + x, stride, out + x, ~0ULL);
  if (x < stride) sum_columns<false>(weights, first + x, stride, out + x, mask_of(stride - x));
  return true;
}

namespace {

// Past the caches where the planes lie so that it can: they are larger than those are.
template <bool aligned>
DSOCR_AVX512 void normalise_blocks(const std::uint8_t* rgb, std::size_t end, std::size_t num_pixels,
                                   float* planes) {
  // Bytes of one channel of 16 pixels, each at the bottom of 32 bits.
  std::array<std::array<std::uint8_t, 64>, 3> index{};
  for (std::size_t c = 0; c < 3; ++c)
    for (std::size_t i = 0; i < kLanes; ++i) index[c][4 * i] = static_cast<std::uint8_t>(3 * i + c);
  constexpr __mmask64 kBottom = 0x1111111111111111ULL;
  const __m512 side = _mm512_set1_ps(255.0f), inverse = _mm512_set1_ps(1.0f / 255.0f);
  const __m512 half = _mm512_set1_ps(0.5f), two = _mm512_set1_ps(2.0f);
  for (std::size_t i = 0; i < end; i += kLanes) {
    const __m512i bytes = _mm512_maskz_loadu_epi8((1ULL << 48) - 1, rgb + 3 * i);
    for (std::size_t c = 0; c < 3; ++c) {
      const __m512 value = _mm512_cvtepi32_ps(
          _mm512_maskz_permutexvar_epi8(kBottom, _mm512_loadu_si512(index[c].data()), bytes));
      // The quotient with one step of Newton: for all bytes what a division would give.
      const __m512 quotient = _mm512_mul_ps(value, inverse);
      const __m512 rest = _mm512_fnmadd_ps(quotient, side, value);
      const __m512 unit = _mm512_fmadd_ps(rest, inverse, quotient);
      const __m512 result = _mm512_mul_ps(_mm512_sub_ps(unit, half), two);
      if constexpr (aligned)
        _mm512_stream_ps(planes + c * num_pixels + i, result);
      else
        _mm512_storeu_ps(planes + c * num_pixels + i, result);
    }
  }
  _mm_sfence();
}

}  // namespace

std::size_t normalise_avx512(const std::uint8_t* rgb, std::size_t num_pixels, float* planes) {
  if (!cpu_has_avx512_vnni()) return 0;
  const std::size_t end = num_pixels / kLanes * kLanes;
  const bool aligned =
      reinterpret_cast<std::uintptr_t>(planes) % 64 == 0 && num_pixels % kLanes == 0;
  (aligned ? normalise_blocks<true> : normalise_blocks<false>)(rgb, end, num_pixels, planes);
  return end;
}

#else

bool cpu_has_avx512_vnni() { return false; }
HorizontalPass horizontal_avx512(std::span<const Taps>) { return {}; }
bool vertical_avx512(const Taps&, const std::uint8_t*, std::size_t, std::uint8_t*) { return false; }
std::size_t normalise_avx512(const std::uint8_t*, std::size_t, float*) { return 0; }

#endif

}  // namespace dsocr::data
