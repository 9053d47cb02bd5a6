#pragma once

#include <atomic>
#include <chrono>
#include <iosfwd>
#include <mutex>
#include <string>

namespace dsocr::reports {

/// Progress of long work on standard error: a bar with rate and time left on a terminal, one plain
/// line every ten seconds elsewhere, nothing at all for work that ends within a second.
/// `advance` may be called from any thread.
class Progress {
 public:
  /// `unit` is a plural such as "pages". `terminal` draws the bar; the default asks the system.
  Progress(std::string title, std::string unit, size_t total);
  Progress(std::string title, std::string unit, size_t total, std::ostream& out, bool terminal);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void advance(size_t count = 1);
  /// What stands behind the numbers from now on: "loss 2.1".
  void note(std::string text);

 private:
  using Clock = std::chrono::steady_clock;
  void show(double seconds, size_t done);

  std::string title_;
  std::string unit_;
  size_t total_;
  std::ostream& out_;
  bool terminal_;
  std::atomic<size_t> done_ = 0;
  Clock::time_point started_ = Clock::now();
  std::mutex mutex_;
  double next_show_s_;
  bool shown_ = false;
  size_t shown_done_ = 0;
  std::string note_;
};

}  // namespace dsocr::reports
