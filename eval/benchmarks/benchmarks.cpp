#include "eval/benchmarks/benchmarks.h"

#include "eval/benchmarks/fox.h"
#include "eval/benchmarks/language_cer.h"
#include "eval/benchmarks/omnidocbench.h"
#include "eval/benchmarks/pairs.h"

namespace dsocr::eval {

const std::vector<Benchmark>& benchmarks() {
  static const std::vector<Benchmark> all{fox_benchmark(), omnidocbench_benchmark(),
                                          pairs_benchmark(), language_cer_benchmark()};
  return all;
}

}  // namespace dsocr::eval
