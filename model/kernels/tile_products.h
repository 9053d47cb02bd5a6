#pragma once

#include <c10/util/BFloat16.h>

#include <cstdint>

// Products of bfloat16 by the matrix unit of x86 CPUs (AMX): 16 rows of a weight with 16 rows of x
// take it as long as one. The weight stays as it is; x is laid out anew. Sums in float32, of which
// each is added up alone and in one order: its bits do not depend on the rows beside it.
namespace dsocr::model {

/// Rows of a tile, of the weight as of x.
inline constexpr std::int64_t kTileRows = 16;
/// Elements of a row of a tile.
inline constexpr std::int64_t kTileElements = 32;

/// Whether this CPU has the unit, and the system lets this program use it.
bool has_tiles();

/// Elements that pack_rows() writes for `rows` rows of `size` elements.
constexpr std::int64_t packed_elements(std::int64_t rows, std::int64_t size) {
  return (rows + kTileRows - 1) / kTileRows * kTileRows * size;
}

/// Lays out x [rows, size] for tile_products(): size a multiple of kTileElements.
void pack_rows(const c10::BFloat16* x, std::int64_t rows, std::int64_t size, c10::BFloat16* packed);

/// What tile_products() multiplies, and where to.
struct TileProduct {
  const c10::BFloat16* packed;  // of x [rows, size]
  std::int64_t rows, size;
  const c10::BFloat16* weight;  // [out, size], out a multiple of kTileRows
  std::int64_t out;
  void* result;  // [rows, out], bfloat16 or
  bool wide;     // float32
};

/// result[r, o] = x[r] . weight[o] for all r and begin <= o < end, both multiples of kTileRows.
void tile_products(const TileProduct& product, std::int64_t begin, std::int64_t end);

}  // namespace dsocr::model
