#include "train/parallel/roll_call.h"

#include <algorithm>
#include <cstdio>
#include <sstream>

#include "train/parallel/group.h"

namespace dsocr::train {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kBeat{500};
constexpr milliseconds kSilence{3000};  // that means death
constexpr milliseconds kLinger{6000};   // time for the others to find out who is dead

// "rank 2" or "ranks 1 and 2".
std::string ranks(const std::vector<int>& ranks) {
  std::string text = ranks.size() == 1 ? "rank " : "ranks ";
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    if (i > 0) text += i + 1 == ranks.size() ? " and " : ", ";
    text += std::to_string(ranks[i]);
  }
  return text;
}

void add_sentence(std::string& text, const std::vector<int>& who, const char* one,
                  const char* many) {
  if (who.empty()) return;
  if (!text.empty()) text += "; ";
  text += ranks(who) + " " + (who.size() == 1 ? one : many);
}

}  // namespace

std::string in_seconds(milliseconds time) {
  char text[32];
  std::snprintf(text, sizeof text, "%g s", static_cast<double>(time.count()) / 1000);
  return text;
}

RollCall::RollCall(c10::intrusive_ptr<c10d::Store> store, int rank, int size)
    : store_(std::move(store)), rank_(rank), size_(size) {
  thread_ = std::thread([this] { beat(); });
}

RollCall::~RollCall() { leave(); }

std::string RollCall::key(const char* kind, int rank) const {
  return std::string(kind) + "/" + std::to_string(rank);
}

void RollCall::beat() {
  try {
    // A connection of its own: the main thread may wait in the other one.
    const auto store = store_->clone();
    for (std::uint64_t i = 0;; ++i) {
      store->set(key("life", rank_), std::to_string(i) + " " + std::to_string(num_begun_));
      std::unique_lock lock(mutex_);
      if (stop_.wait_for(lock, kBeat, [&] { return stopped_; })) return;
    }
  } catch (const std::exception&) {
    // The store is gone, and with it everyone who could read this.
  }
}

void RollCall::wait_for_all(milliseconds timeout) {
  if (store_->add(key("here", rank_), 1) > 1)
    throw GroupError("two processes say that they are rank " + std::to_string(rank_) +
                     ": another run comes to the same store; set another MASTER_PORT");
  std::vector<std::string> keys;
  for (int i = 0; i < size_; ++i) keys.push_back(key("here", i));
  try {
    store_->wait(keys, timeout);
  } catch (const std::exception&) {
    std::vector<int> absent;
    for (int i = 0; i < size_; ++i)
      if (!store_->check({key("here", i)})) absent.push_back(i);
    if (absent.empty()) return;
    throw GroupError("rank " + std::to_string(rank_) + " of " + std::to_string(size_) + " waited " +
                     in_seconds(timeout) + " at the start, and " + ranks(absent) + " did not come");
  }
}

std::vector<RollCall::Sign> RollCall::read() {
  std::vector<Sign> signs(static_cast<std::size_t>(size_));
  for (int i = 0; i < size_; ++i) {
    Sign& sign = signs[static_cast<std::size_t>(i)];
    if (!store_->check({key("life", i)})) continue;
    sign.life = store_->get_to_str(key("life", i));
    std::istringstream(sign.life.substr(sign.life.find(' '))) >> sign.num_begun;
    sign.left = store_->check({key("left", i)});
  }
  return signs;
}

std::string RollCall::missing() {
  std::vector<int> dead, ended, behind;
  try {
    const std::vector<Sign> before = read();
    std::vector<Sign> now;
    const Clock::time_point deadline = Clock::now() + kSilence;
    do {
      std::this_thread::sleep_for(kBeat / 5);
      now = read();
      dead.clear();
      for (int i = 0; i < size_; ++i) {
        const auto at = static_cast<std::size_t>(i);
        if (i != rank_ && !now[at].left && now[at].life == before[at].life) dead.push_back(i);
      }
    } while (!dead.empty() && Clock::now() < deadline);
    for (int i = 0; i < size_; ++i) {
      const Sign& sign = now[static_cast<std::size_t>(i)];
      if (sign.left)
        ended.push_back(i);
      else if (sign.num_begun < num_begun_ && i != rank_)
        behind.push_back(i);
    }
    std::erase_if(behind,
                  [&](int i) { return std::find(dead.begin(), dead.end(), i) != dead.end(); });
  } catch (const std::exception&) {
    return "rank 0 is dead, or whoever keeps the store that all ranks know";
  }
  dead_ = {dead.begin(), dead.end()};
  std::string text;
  add_sentence(text, dead, "is dead", "are dead");
  // Of those that are behind, some only have not noticed a death yet.
  if (dead.empty())
    add_sentence(text, behind, "is alive but has not come so far",
                 "are alive but have not come so far");
  add_sentence(text, ended, "has ended; its own message says why",
               "have ended; their own messages say why");
  return text.empty() ? "all ranks are alive, but it failed" : text;
}

void RollCall::leave() {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    stopped_ = true;
  }
  stop_.notify_all();
  thread_.join();
  try {
    store_->set(key("left", rank_), "1");
  } catch (const std::exception&) {
    // As in beat().
  }
}

void RollCall::wait_until_left() {
  try {
    const Clock::time_point deadline = Clock::now() + kLinger;
    for (int i = 0; i < size_; ++i)
      while (!dead_.contains(i) && !store_->check({key("left", i)}) && Clock::now() < deadline)
        std::this_thread::sleep_for(milliseconds(20));
  } catch (const std::exception&) {
    // As in beat().
  }
}

}  // namespace dsocr::train
