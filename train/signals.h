#pragma once

#include <csignal>

namespace dsocr::train {

/// SIGINT and SIGTERM are noted while this lives, one object at a time; a second one ends the
/// program at once.
class NotedSignals {
 public:
  NotedSignals();
  ~NotedSignals();
  NotedSignals(const NotedSignals&) = delete;
  NotedSignals& operator=(const NotedSignals&) = delete;

  /// The last one, 0: none.
  static int last();

 private:
  struct sigaction before_int_, before_term_;
};

}  // namespace dsocr::train
