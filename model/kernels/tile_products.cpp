#include "model/kernels/tile_products.h"

#include <algorithm>
#include <array>
#include <cstring>

#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>
#define DSOCR_TILES __attribute__((target("amx-tile,amx-bf16,avx512f,avx512bf16")))
#endif

namespace dsocr::model {

using c10::BFloat16;

#ifdef DSOCR_TILES

namespace {

bool request_tiles() {
  constexpr unsigned kTileBits = (1U << 22) | (1U << 24);  // AMX-BF16 and AMX-TILE, leaf 7, EDX
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 || (d & kTileBits) != kTileBits) return false;
  if (!__builtin_cpu_supports("avx512bf16")) return false;
  constexpr long kRequestPermission = 0x1023, kTileData = 18;  // of arch_prctl(2)
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

struct alignas(64) TileConfig {
  std::uint8_t palette = 1, start_row = 0;
  std::array<std::uint8_t, 14> reserved{};
  std::array<std::uint16_t, 16> bytes_of_a_row{64, 64, 64, 64, 64, 64, 64, 64};
  std::array<std::uint8_t, 16> rows{16, 16, 16, 16, 16, 16, 16, 16};
};
static_assert(sizeof(TileConfig) == 64);
// Not on the stack: GCC 12 does not see that _tile_loadconfig() reads all of it.
constexpr TileConfig kTileConfig;

// All eight tiles of this thread have 16 rows of 64 bytes, for as long as this lives.
class Tiles {
 public:
  DSOCR_TILES Tiles() { _tile_loadconfig(&kTileConfig); }
  DSOCR_TILES ~Tiles() { _tile_release(); }
  Tiles(const Tiles&) = delete;
  Tiles& operator=(const Tiles&) = delete;
};

using Sums = std::array<float, kTileRows * kTileRows>;  // [weight rows, rows of x]

// To where they belong in the result.
DSOCR_TILES void put(const Sums& sums, const TileProduct& product, std::int64_t row,
                     std::int64_t out) {
  const __m512i column =
      _mm512_mullo_epi32(_mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
                         _mm512_set1_epi32(kTileRows));
  const std::int64_t rows = std::min(kTileRows, product.rows - row);
  for (std::int64_t r = 0; r < rows; ++r) {
    const __m512 values = _mm512_i32gather_ps(column, sums.data() + r, sizeof(float));
    const std::int64_t place = (row + r) * product.out + out;
    if (product.wide)
      _mm512_storeu_ps(static_cast<float*>(product.result) + place, values);
    else
      _mm256_storeu_si256(
          reinterpret_cast<__m256i*>(static_cast<BFloat16*>(product.result) + place),
          reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(values)));
  }
}

// Two tiles of the weight with two of x, where there are two: each is then read once for two.
template <bool two_weights, bool two_xs>
DSOCR_TILES void multiply(const TileProduct& product, std::int64_t row, std::int64_t out) {
  constexpr std::int64_t kTile = kTileRows * kTileElements;
  const std::int64_t weight_bytes = product.size * static_cast<std::int64_t>(sizeof(BFloat16));
  const BFloat16* weight = product.weight + out * product.size;
  const BFloat16* next_weight = weight + kTileRows * product.size;
  const BFloat16* x = product.packed + row * product.size;
  const BFloat16* next_x = x + kTileRows * product.size;
  _tile_zero(0);
  if constexpr (two_xs) _tile_zero(1);
  if constexpr (two_weights) _tile_zero(2);
  if constexpr (two_weights && two_xs) _tile_zero(3);
  for (std::int64_t i = 0; i < product.size; i += kTileElements) {
    _tile_loadd(4, weight + i, weight_bytes);
    _tile_loadd(6, x + i / kTileElements * kTile, 64);
    _tile_dpbf16ps(0, 4, 6);
    if constexpr (two_weights) {
      _tile_loadd(5, next_weight + i, weight_bytes);
      _tile_dpbf16ps(2, 5, 6);
    }
    if constexpr (two_xs) {
      _tile_loadd(7, next_x + i / kTileElements * kTile, 64);
      _tile_dpbf16ps(1, 4, 7);
    }
    if constexpr (two_weights && two_xs) _tile_dpbf16ps(3, 5, 7);
  }
  alignas(64) Sums sums;
  _tile_stored(0, sums.data(), 64);
  put(sums, product, row, out);
  if constexpr (two_xs) {
    _tile_stored(1, sums.data(), 64);
    put(sums, product, row + kTileRows, out);
  }
  if constexpr (two_weights) {
    _tile_stored(2, sums.data(), 64);
    put(sums, product, row, out + kTileRows);
  }
  if constexpr (two_weights && two_xs) {
    _tile_stored(3, sums.data(), 64);
    put(sums, product, row + kTileRows, out + kTileRows);
  }
}

}  // namespace

bool has_tiles() {
  static const bool has = request_tiles();
  return has;
}

void tile_products(const TileProduct& product, std::int64_t begin, std::int64_t end) {
  const Tiles tiles;
  for (std::int64_t out = begin; out < end; out += 2 * kTileRows) {
    const bool two_weights = out + kTileRows < end;
    for (std::int64_t row = 0; row < product.rows; row += 2 * kTileRows) {
      const bool two_xs = row + kTileRows < product.rows;
      const auto kernel = two_weights ? (two_xs ? multiply<true, true> : multiply<true, false>)
                                      : (two_xs ? multiply<false, true> : multiply<false, false>);
      kernel(product, row, out);
    }
  }
}

#else

bool has_tiles() { return false; }
void tile_products(const TileProduct&, std::int64_t, std::int64_t) {}

#endif

// Tile after tile: [rows / 16, size / 32, 16 pairs of elements, 16 rows, 2 elements], with zeros
// for the rows that are missing.
void pack_rows(const BFloat16* x, std::int64_t rows, std::int64_t size, BFloat16* packed) {
  const std::int64_t pairs = kTileElements / 2;
  for (std::int64_t first = 0; first < rows; first += kTileRows) {
    const std::int64_t here = std::min(kTileRows, rows - first);
    for (std::int64_t i = 0; i < size; i += kTileElements)
      for (std::int64_t pair = 0; pair < pairs; ++pair, packed += 2 * kTileRows) {
        for (std::int64_t r = 0; r < here; ++r)
          std::memcpy(packed + 2 * r, x + (first + r) * size + i + 2 * pair, 2 * sizeof(BFloat16));
        std::fill(packed + 2 * here, packed + 2 * kTileRows, BFloat16(0));
      }
  }
}

}  // namespace dsocr::model
