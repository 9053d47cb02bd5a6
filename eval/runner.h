#pragma once

#include <tbb/blocked_range.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <cstddef>
#include <thread>
#include <vector>

#include "reports/progress.h"

namespace dsocr::eval {

/// Threads to use when `threads` are asked for: 0 means one per core.
inline size_t num_threads(int64_t threads) {
  return threads > 0 ? static_cast<size_t>(threads)
                     : std::max(1u, std::thread::hardware_concurrency());
}

/// fn(0), ..., fn(count - 1) on `threads` threads, results in order whatever the number of threads.
/// The exception of a call ends the work and is thrown here.
template <class Fn>
auto map_ordered(size_t count, size_t threads, reports::Progress& progress, const Fn& fn) {
  std::vector<decltype(fn(size_t{}))> results(count);
  // Without it TBB gives no more threads than cores, whatever the arena asks for.
  const tbb::global_control allowed(tbb::global_control::max_allowed_parallelism, threads);
  tbb::task_arena arena(static_cast<int>(threads));
  arena.execute([&] {
    tbb::parallel_for(tbb::blocked_range<size_t>(0, count, 1),
                      [&](const tbb::blocked_range<size_t>& range) {
                        for (size_t i = range.begin(); i != range.end(); ++i) {
                          results[i] = fn(i);
                          progress.advance();
                        }
                      });
  });
  return results;
}

}  // namespace dsocr::eval
