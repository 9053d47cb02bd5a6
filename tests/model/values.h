#pragma once

#include "tests/support/tiny_model.h"

namespace dsocr::test {

/// Values of both signs in `dtype`.
inline torch::Tensor values(at::IntArrayRef shape, std::uint64_t seed,
                            torch::ScalarType dtype = torch::kFloat32) {
  return test::random_tensor(shape, seed).mul(2).sub(1).to(dtype);
}

}  // namespace dsocr::test
