#pragma once

#include "eval/benchmark.h"
#include "eval/config.h"

namespace dsocr::eval {

/// Any target/prediction pairs, scored with the Fox metrics one by one. When the file carries
/// `metrics` that another implementation gave, they are compared.
struct PairsConfig {
  std::string data;
  ScoringConfig scoring;
  BootstrapConfig bootstrap;
  double tolerance = 1e-12;
  int64_t threads = 0;

  template <class V>
  void fields(V& v) {
    v("data", data, "[{id, gt, pred}] as JSON, JSON Lines or {\"pairs\": [...]}",
      {.min_items = 1, .required = true});
    v("scoring", scoring, "how a pair is scored");
    v("bootstrap", bootstrap, "intervals over pairs");
    v("tolerance", tolerance,
      "largest relative difference from expected metrics that still counts as equal", {.min = 0});
    v("threads", threads, "threads; 0: one per core", {.min = 0, .max = 1024});
  }
};

Benchmark pairs_benchmark();

}  // namespace dsocr::eval
