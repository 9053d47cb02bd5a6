#include "train/matmul.h"

#include <ATen/Context.h>

#include <array>

namespace dsocr::train {
namespace {

void set(MatmulPrecision precision) {
  at::Context& context = at::globalContext();
  const char* const names[] = {"highest", "high", "medium"};
  context.setFloat32MatmulPrecision(names[static_cast<int>(precision)]);
  context.setFloat32Precision(at::Float32Backend::MKLDNN, at::Float32Op::CONV,
                              precision == MatmulPrecision::kMedium ? at::Float32Precision::BF16
                                                                    : at::Float32Precision::NONE);
}

}  // namespace

std::span<const std::pair<std::string_view, MatmulPrecision>> enum_names(MatmulPrecision) {
  static constexpr std::array<std::pair<std::string_view, MatmulPrecision>, 3> kNames{
      {{"highest", MatmulPrecision::kHighest},
       {"high", MatmulPrecision::kHigh},
       {"medium", MatmulPrecision::kMedium}}};
  return kNames;
}

MatmulScope::MatmulScope(MatmulPrecision precision) { set(precision); }

MatmulScope::~MatmulScope() { set(MatmulPrecision::kHighest); }

}  // namespace dsocr::train
