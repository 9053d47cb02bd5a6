#pragma once

#include <span>
#include <string_view>
#include <utility>

namespace dsocr::train {

/// How matrix products and convolutions of float32 are computed, in PyTorch's words: highest, all
/// bits; high, TF32 on GPUs; medium, factors rounded to bfloat16 where the CPU multiplies these
/// faster (AMX, AVX-512), sums in float32.
enum class MatmulPrecision { kHighest, kHigh, kMedium };
std::span<const std::pair<std::string_view, MatmulPrecision>> enum_names(MatmulPrecision);

/// Sets it for the whole process; at its end all is computed with all bits again.
class MatmulScope {
 public:
  explicit MatmulScope(MatmulPrecision precision);
  ~MatmulScope();
  MatmulScope(const MatmulScope&) = delete;
  MatmulScope& operator=(const MatmulScope&) = delete;
};

}  // namespace dsocr::train
