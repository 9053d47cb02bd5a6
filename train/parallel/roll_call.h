#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <torch/csrc/distributed/c10d/Store.hpp>
#include <vector>

namespace dsocr::train {

/// "60 s", "2.5 s".
std::string in_seconds(std::chrono::milliseconds time);

/// Who of a group is still there. Every rank has a thread that gives a sign of life in the common
/// store twice a second, so that a failure can be told by its cause and not by its first symptom.
class RollCall {
 public:
  RollCall(c10::intrusive_ptr<c10d::Store> store, int rank, int size);
  ~RollCall();
  RollCall(const RollCall&) = delete;
  RollCall& operator=(const RollCall&) = delete;

  /// Waits for all ranks. Throws GroupError that names those that have not come, or says that two
  /// processes have one rank.
  void wait_for_all(std::chrono::milliseconds timeout);

  /// One more thing that all ranks do together begins here.
  void count() { ++num_begun_; }

  /// After a failure: which ranks are dead, have ended or have not come so far, as a sentence.
  /// Takes some seconds.
  std::string missing();

  /// Ends the signs of life and says that this was meant.
  void leave();

  /// Waits some seconds for the others to leave, but not for those found missing: for the rank that
  /// keeps the store.
  void wait_until_left();

 private:
  struct Sign {
    std::string life;  // differs between two signs; empty before the first
    std::uint64_t num_begun = 0;
    bool left = false;
  };
  std::vector<Sign> read();
  void beat();
  std::string key(const char* kind, int rank) const;

  c10::intrusive_ptr<c10d::Store> store_;
  int rank_, size_;
  std::atomic<std::uint64_t> num_begun_ = 0;
  std::set<int> dead_ = {};

  std::mutex mutex_;
  std::condition_variable stop_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace dsocr::train
