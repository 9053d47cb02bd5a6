#include "train/signals.h"

namespace dsocr::train {
namespace {

volatile std::sig_atomic_t last_signal = 0;

}  // namespace

NotedSignals::NotedSignals() : before_int_{}, before_term_{} {
  last_signal = 0;
  struct sigaction action {};
  action.sa_handler = [](int signal) { last_signal = signal; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, &before_int_);
  sigaction(SIGTERM, &action, &before_term_);
}

NotedSignals::~NotedSignals() {
  sigaction(SIGINT, &before_int_, nullptr);
  sigaction(SIGTERM, &before_term_, nullptr);
}

int NotedSignals::last() { return static_cast<int>(last_signal); }

}  // namespace dsocr::train
