#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace dsocr::data {

/// Applies a function to a stream on several threads; results come in the order of the inputs. At
/// most `window` inputs are worked on or wait to be fetched. Inputs are asked for by the thread
/// that calls next(), one after another. An error of the function comes out in the place of its
/// result, and the stream goes on behind it. Going away stops after what is being worked on.
template <class In, class Out>
class OrderedMap {
 public:
  using Inputs = std::function<std::optional<In>()>;
  using Function = std::function<Out(const In&)>;

  OrderedMap(Inputs inputs, Function function, std::size_t threads, std::size_t window)
      : inputs_(std::move(inputs)), function_(std::move(function)), window_(window) {
    if (threads == 0 || window == 0)
      throw std::invalid_argument("an ordered map needs a thread and a window");
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
  }

  ~OrderedMap() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    work_there_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  OrderedMap(const OrderedMap&) = delete;
  OrderedMap& operator=(const OrderedMap&) = delete;

  /// The next input and its result; nothing at the end. Throws what the function threw for it.
  std::optional<std::pair<In, Out>> next() {
    fill();
    if (slots_.empty()) return std::nullopt;
    const std::unique_ptr<Slot> slot = std::move(slots_.front());
    slots_.pop_front();
    {
      std::unique_lock lock(mutex_);
      result_there_.wait(lock, [&] { return slot->done; });
    }
    fill();
    if (slot->error) std::rethrow_exception(slot->error);
    return std::pair{std::move(slot->in), std::move(*slot->out)};
  }

 private:
  struct Slot {
    In in;
    std::optional<Out> out = {};
    std::exception_ptr error = {};
    bool done = false;
  };

  void fill() {
    while (!ended_ && slots_.size() < window_) {
      std::optional<In> in = inputs_();
      if (!in) {
        ended_ = true;
        return;
      }
      slots_.push_back(std::make_unique<Slot>(Slot{std::move(*in)}));
      {
        const std::lock_guard lock(mutex_);
        waiting_.push_back(slots_.back().get());
      }
      work_there_.notify_one();
    }
  }

  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      work_there_.wait(lock, [&] { return stopped_ || !waiting_.empty(); });
      if (stopped_) return;
      Slot* slot = waiting_.front();
      waiting_.pop_front();
      lock.unlock();
      try {
        slot->out.emplace(function_(slot->in));
      } catch (...) {
        slot->error = std::current_exception();
      }
      lock.lock();
      slot->done = true;
      result_there_.notify_all();
    }
  }

  Inputs inputs_;
  Function function_;
  std::size_t window_;
  bool ended_ = false;
  std::deque<std::unique_ptr<Slot>> slots_;  // of the calling thread alone

  std::mutex mutex_;  // of all below, and of what a slot holds until it is done
  std::condition_variable work_there_, result_there_;
  std::deque<Slot*> waiting_;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace dsocr::data
