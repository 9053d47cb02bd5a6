#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace dsocr::omnidocbench::cdm {

/// The stream of numbers of numpy.random.default_rng(seed): SeedSequence and PCG64 (spec:
/// OmniDocBench CDM, section 7).
class NumpyGenerator {
 public:
  explicit NumpyGenerator(uint32_t seed);

  /// The next raw output.
  uint64_t next64();
  /// The low half of a raw output first, then its high half.
  uint32_t next32();
  /// A number in [0, last], by Lemire's method with rejection. For last = 0 nothing is drawn.
  uint32_t bounded(uint32_t last);
  /// Generator.choice(n, k, replace=False): k different numbers below n, by Floyd's method and a
  /// shuffle. Throws std::invalid_argument for k > n.
  std::vector<uint32_t> choice(uint32_t n, uint32_t k);

 private:
  struct Wide {
    uint64_t high, low;
  };
  static Wide multiply(Wide a, Wide b);
  static Wide add(Wide a, Wide b);
  void step();

  Wide state_{0, 0};
  Wide increment_{0, 0};
  bool has_half_ = false;
  uint32_t half_ = 0;
};

}  // namespace dsocr::omnidocbench::cdm
