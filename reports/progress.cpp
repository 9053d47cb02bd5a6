#include "reports/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>

namespace dsocr::reports {
namespace {

constexpr double kQuietSeconds = 1.0;
constexpr double kBarSeconds = 0.2;
constexpr double kLineSeconds = 10.0;
constexpr size_t kBarWidth = 30;

std::string clock_text(double seconds) {
  const long total = std::lround(seconds);
  char text[32];
  std::snprintf(text, sizeof text, "%ld:%02ld:%02ld", total / 3600, total / 60 % 60, total % 60);
  return text;
}

}  // namespace

Progress::Progress(std::string title, std::string unit, size_t total)
    : Progress(std::move(title), std::move(unit), total, std::cerr, isatty(STDERR_FILENO) != 0) {}

Progress::Progress(std::string title, std::string unit, size_t total, std::ostream& out,
                   bool terminal)
    : title_(std::move(title)),
      unit_(std::move(unit)),
      total_(total),
      out_(out),
      terminal_(terminal),
      next_show_s_(terminal ? kQuietSeconds : kLineSeconds) {}

Progress::~Progress() {
  if (!shown_ || (!terminal_ && shown_done_ == done_)) return;
  show(std::chrono::duration<double>(Clock::now() - started_).count(), done_);
  if (terminal_) out_ << '\n' << std::flush;
}

void Progress::advance(size_t count) {
  const size_t done = done_ += count;
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock) return;  // somebody else is showing; the next call catches up
  const double seconds = std::chrono::duration<double>(Clock::now() - started_).count();
  if (seconds < next_show_s_) return;
  next_show_s_ = seconds + (terminal_ ? kBarSeconds : kLineSeconds);
  show(seconds, done);
}

void Progress::note(std::string text) {
  const std::lock_guard lock(mutex_);
  note_ = std::move(text);
}

void Progress::show(double seconds, size_t done) {
  shown_ = true;
  shown_done_ = done;
  const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  const double left = rate > 0 ? static_cast<double>(total_ - std::min(done, total_)) / rate : 0;
  char numbers[128];
  std::snprintf(numbers, sizeof numbers, "%zu/%zu %s, %.1f/s, %s left", done, total_, unit_.c_str(),
                rate, clock_text(left).c_str());
  const std::string behind = note_.empty() ? "" : ", " + note_;
  if (terminal_) {
    const size_t filled = total_ == 0 ? kBarWidth : kBarWidth * std::min(done, total_) / total_;
    out_ << "\r\x1b[K" << title_ << " [" << std::string(filled, '#')
         << std::string(kBarWidth - filled, '.') << "] " << numbers << behind << std::flush;
  } else {
    out_ << title_ << ": " << numbers << behind << '\n' << std::flush;
  }
}

}  // namespace dsocr::reports
